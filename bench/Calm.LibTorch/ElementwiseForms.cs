using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Calm.LibTorch;

/// <summary>Functions of single elements.</summary>
internal static class ElementwiseForms
{
    public static IReadOnlyDictionary<string, FormBuilder> Builders { get; } = new Dictionary<string, FormBuilder>
    {
        ["Gelu"] = Unary("gelu", static x => F.gelu(x)),
        ["Relu"] = Unary("relu", static x => F.relu(x)),
        ["Sigmoid"] = Unary("sigmoid", sigmoid),
        ["Silu"] = Unary("silu", static x => F.silu(x)),
        ["Tanh"] = Unary("tanh", tanh),
        ["Add"] = Binary("add", static (a, b) => a + b),
        ["Subtract"] = Binary("sub", static (a, b) => a - b),
        ["Multiply"] = Binary("mul", static (a, b) => a * b),
        ["Divide"] = Binary("div", static (a, b) => a / b),
        ["SwiGlu"] = Unary("silu(gate) up, of two halves of rows", static x =>
        {
            Tensor[] halves = x.chunk(2, -1);
            return F.silu(halves[0]) * halves[1];
        }),
    };

    private static FormBuilder Unary(string text, Func<Tensor, Tensor> function) =>
        (_, x) => TorchForm.Of(text, x, () => function(x[0]));

    private static FormBuilder Binary(string text, Func<Tensor, Tensor, Tensor> function) =>
        (_, x) => TorchForm.Of(text, x, () => function(x[0], x[1]));
}
