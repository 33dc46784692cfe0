using Calm.Kernels;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Calm.LibTorch;

/// <summary>Products of matrices, and rows of one.</summary>
internal static class ProductForms
{
    public static IReadOnlyDictionary<string, FormBuilder> Builders { get; } = new Dictionary<string, FormBuilder>
    {
        ["Linear"] = Linear,
        ["MatMul"] = MatMul,
        ["Embedding"] = Embedding,
        ["VocabularyArgMax"] = static (_, x) => TorchForm.Of("linear, argmax", x, () => F.linear(x[0], x[1]).argmax(-1)),
    };

    private static TorchForm Linear(OpCase c, Tensor[] x)
    {
        Tensor? bias = x.ElementAtOrDefault(2);
        Tensor? residual = c.Settings.ContainsKey("residualIsInput") ? x[0] : x.ElementAtOrDefault(3);
        return residual is null
            ? TorchForm.Of("linear", x, () => F.linear(x[0], x[1], bias))
            : TorchForm.Of("linear, add", x, () => F.linear(x[0], x[1], bias).add(residual));
    }

    // There is no function of it, but a module.
    private static TorchForm Embedding(OpCase c, Tensor[] x)
    {
        TorchSharp.Modules.Embedding module = nn.Embedding_from_pretrained(x[1], freeze: false);
        return TorchForm.Of("embedding", [x[0], module.weight!], () => module.call(x[0]));
    }

    private static TorchForm MatMul(OpCase c, Tensor[] x)
    {
        bool transposeA = c.Settings["transposeA"] != 0;
        bool transposeB = c.Settings["transposeB"] != 0;
        return TorchForm.Of("matmul", x, () => matmul(transposeA ? x[0].t() : x[0], transposeB ? x[1].t() : x[1]));
    }
}
