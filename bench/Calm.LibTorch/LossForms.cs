using Calm.Kernels;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Calm.LibTorch;

/// <summary>Losses over a vocabulary.</summary>
internal static class LossForms
{
    private const long Ignored = -100;

    public static IReadOnlyDictionary<string, FormBuilder> Builders { get; } = new Dictionary<string, FormBuilder>
    {
        ["CrossEntropy"] = static (c, x) => Loss("cross_entropy", c, x, () => F.cross_entropy(x[0], x[1], null, Ignored)),
        ["VocabularyCrossEntropy"] = static (c, x) => Loss(
            "linear, cross_entropy", c, x, () => F.cross_entropy(F.linear(x[0], x[1]), x[2], null, Ignored)),
    };

    private static TorchForm? Loss(string text, OpCase c, Tensor[] x, Func<Tensor> loss)
    {
        if (c.Inputs[^1].Values.All(target => target == Ignored))
        {
            return null; // the mean of nothing is NaN there
        }

        double scale = c.Settings["scale"];
        return scale == 1 ? TorchForm.Of(text, x, loss) : TorchForm.Of($"{text}, mul", x, () => loss() * scale);
    }
}
