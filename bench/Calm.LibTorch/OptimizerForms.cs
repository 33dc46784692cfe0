using Calm.Kernels;
using static TorchSharp.torch;

namespace Calm.LibTorch;

/// <summary>Steps of optimizers, in place.</summary>
internal static class OptimizerForms
{
    public static IReadOnlyDictionary<string, FormBuilder> Builders { get; } = new Dictionary<string, FormBuilder>
    {
        ["AdamW"] = AdamW,
        ["GradientNorm"] = static (_, x) => TorchForm.Of("norm", x, () => x[0].norm()),
        ["MovingAverage"] = static (c, x) => new TorchForm(
            "lerp_", x, () => [x[0].lerp_(x[1], 1 - c.Settings["decay"]).alias()])
        { IsInPlace = true },
    };

    // TorchSharp's own AdamW is a loop of many functions. The fused one is reached through TorchScript alone, which
    // drops the call where it has made the lists itself.
    private static readonly Lazy<jit.CompilationUnit> Script = new(() => jit.compile(
        """
        def adamw(p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], none: List[Tensor], step: List[Tensor],
                  lr: float, beta1: float, beta2: float, decay: float, eps: float):
            torch._fused_adamw_(p, g, m, v, none, step, lr=lr, beta1=beta1, beta2=beta2, weight_decay=decay, eps=eps,
                                amsgrad=False, maximize=False)
            return p[0]

        """));

    private static TorchForm AdamW(OpCase c, Tensor[] x)
    {
        IReadOnlyDictionary<string, double> s = c.Settings;
        Tensor step = tensor((float)s["step"]);
        long decayed = (long)s["decayed"];
        long plain = x[0].NumberOfElements - decayed;
        Tensor[] first = decayed > 0 ? [.. x.Select(tensor => tensor.narrow(0, 0, decayed))] : [];
        Tensor[] second = plain > 0 ? [.. x.Select(tensor => tensor.narrow(0, decayed, plain))] : [];
        return new TorchForm("_fused_adamw_, once with decay and once without", x, Step)
        {
            Constants = [step, .. first, .. second],
            IsInPlace = true,
        };

        Tensor[] Step()
        {
            Group(first, s["weightDecay"]);
            Group(second, 0);
            return [x[0].alias(), x[2].alias(), x[3].alias()];
        }

        static Tensor[] List(Tensor tensor) => [tensor];

        void Group(Tensor[] group, double decay)
        {
            if (group.Length > 0)
            {
                _ = Script.Value.invoke(
                    "adamw", List(group[0]), List(group[1]), List(group[2]), List(group[3]), Array.Empty<Tensor>(), List(step),
                    s["learningRate"], s["beta1"], s["beta2"], decay, s["epsilon"]);
            }
        }
    }
}
