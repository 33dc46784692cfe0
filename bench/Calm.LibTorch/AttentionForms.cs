using Calm.Kernels;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Calm.LibTorch;

/// <summary>Attention and its positions.</summary>
internal static class AttentionForms
{
    public static IReadOnlyDictionary<string, FormBuilder> Builders { get; } = new Dictionary<string, FormBuilder>
    {
        ["CausalAttention"] = CausalAttention,
        ["RotaryEmbedding"] = RotaryEmbedding,
    };

    // libtorch wants [batch, heads, positions, size] each of queries, keys and values.
    private static TorchForm? CausalAttention(OpCase c, Tensor[] x)
    {
        if (x.Length != 1)
        {
            return null; // keys that go on before the queries have no causal form
        }

        (long batch, long positions, long width) = (x[0].shape[0], x[0].shape[1], x[0].shape[2]);
        (long queryHeads, long keyHeads) = ((long)c.Settings["queryHeads"], (long)c.Settings["keyValueHeads"]);
        long heads = queryHeads + 2 * keyHeads;
        Tensor all = x[0].detach().view(batch, positions, heads, width / heads).transpose(1, 2);
        Tensor[] parts =
        [
            Leaf(all.narrow(1, 0, queryHeads)), Leaf(all.narrow(1, queryHeads, keyHeads)),
            Leaf(all.narrow(1, queryHeads + keyHeads, keyHeads)),
        ];
        long group = queryHeads / keyHeads;
        return new TorchForm(
            "scaled_dot_product_attention, causal" + (group > 1 ? ", of keys and values repeated for each query head" : "")
                + "; queries, keys and values are split and gradients joined outside the time",
            parts, () => [F.scaled_dot_product_attention(parts[0], Repeated(parts[1]), Repeated(parts[2]), is_casual: true)])
        {
            Output = static y => y.transpose(1, 2).reshape(-1),
            Cotangent = dy => dy.view(batch, positions, queryHeads, width / heads).transpose(1, 2),
            Gradients = static (gradients, _) => [cat([.. gradients.Select(gradient => gradient!)], 1).transpose(1, 2)],
        };

        Tensor Repeated(Tensor tensor) => group == 1 ? tensor : tensor.repeat_interleave(group, 1);
    }

    // Only the heads are touched, as ours touches only them.
    private static TorchForm RotaryEmbedding(OpCase c, Tensor[] x)
    {
        (long batch, long positions, long columns) = (x[0].shape[0], x[0].shape[1], x[0].shape[2]);
        (long heads, long size) = ((long)c.Settings["heads"], (long)c.Settings["headSize"]);
        long rotated = heads * size;
        Tensor turned = Leaf(x[0].detach().narrow(2, 0, rotated).reshape(batch, positions, heads, size));
        Tensor rest = x[0].detach().narrow(2, rotated, columns - rotated);
        Tensor step = arange(0, size, 2, ScalarType.Float64);
        Tensor position = arange(positions, ScalarType.Float64).add(c.Settings["start"]);
        Tensor angle = position.unsqueeze(1) * pow(c.Settings["theta"], step / -size).unsqueeze(0);
        angle = cat([angle, angle], 1).unsqueeze(1);
        (Tensor cos, Tensor sin) = (angle.cos().to_type(ScalarType.Float32), angle.sin().to_type(ScalarType.Float32));
        return new TorchForm("x cos + cat(-high, low) sin of the heads alone, not in place", [turned], Rotate)
        {
            Constants = [rest, cos, sin],
            Output = y => cat([y.reshape(batch, positions, rotated), rest], 2),
            Cotangent = dy => dy.view(batch, positions, columns).narrow(2, 0, rotated),
            Gradients = (gradients, dy) =>
            [
                cat(
                    [
                        gradients[0]!.reshape(batch, positions, rotated),
                        dy.view(batch, positions, columns).narrow(2, rotated, columns - rotated),
                    ], 2),
            ],
        };

        Tensor[] Rotate()
        {
            Tensor[] halves = turned.chunk(2, -1);
            return [turned * cos + cat([-halves[1], halves[0]], -1) * sin];
        }
    }

    private static Tensor Leaf(Tensor part)
    {
        Tensor leaf = part.contiguous().clone();
        leaf.requires_grad = true;
        return leaf;
    }
}
