using Calm.Kernels;
using F = TorchSharp.torch.nn.functional;

namespace Calm.LibTorch;

/// <summary>Sums over rows and over all, and what divides by them.</summary>
internal static class ReductionForms
{
    public static IReadOnlyDictionary<string, FormBuilder> Builders { get; } = new Dictionary<string, FormBuilder>
    {
        ["Sum"] = static (c, x) => TorchForm.Of("sum", x, () => IsOfRows(c) ? x[0].sum(-1) : x[0].sum()),
        ["Mean"] = static (c, x) => TorchForm.Of("mean", x, () => IsOfRows(c) ? x[0].mean([-1]) : x[0].mean()),
        ["Softmax"] = static (_, x) => TorchForm.Of("softmax", x, () => F.softmax(x[0], -1)),
        ["LogSoftmax"] = static (_, x) => TorchForm.Of("log_softmax", x, () => F.log_softmax(x[0], -1)),
    };

    private static bool IsOfRows(OpCase c) => c.Settings["ofRows"] != 0;
}
