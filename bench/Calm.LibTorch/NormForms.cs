using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Calm.LibTorch;

/// <summary>Norms of rows.</summary>
internal static class NormForms
{
    public static IReadOnlyDictionary<string, FormBuilder> Builders { get; } = new Dictionary<string, FormBuilder>
    {
        ["LayerNorm"] = static (c, x) => TorchForm.Of(
            "layer_norm", x,
            () => F.layer_norm(
                x[0], [x[0].shape[^1]], x.ElementAtOrDefault(1), x.ElementAtOrDefault(2), c.Settings["epsilon"])),
        ["RmsNorm"] = static (c, x) => TorchForm.Of(
            "x rsqrt(mean(x^2) + epsilon) weight", x,
            () => x[0] * rsqrt(x[0].pow(2).mean([-1], true) + c.Settings["epsilon"]) * x[1]),
    };
}
