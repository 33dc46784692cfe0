using Calm.Kernels;
using static TorchSharp.torch;

namespace Calm.LibTorch;

/// <summary>Energy scores.</summary>
internal static class EnergyForms
{
    public static IReadOnlyDictionary<string, FormBuilder> Builders { get; } = new Dictionary<string, FormBuilder>
    {
        ["EnergyTerms"] = static (c, x) => TorchForm.Of(
            "cdist", x, () => stack([Spread(x[0], c.Settings["exponent"]), Fit(x[0], x[1], c.Settings["exponent"])], 0)),
        ["EnergyScore"] = Score,
    };

    private static TorchForm Score(OpCase c, Tensor[] x)
    {
        (long positions, long columns) = (x[0].shape[0], x[0].shape[2]);
        Tensor noise = c.Noise is { } draw
            ? tensor(draw([.. c.Inputs.Select(input => input.Values)]).Select(value => (float)value).ToArray())
                .view(positions, -1, columns)
            : x[3];
        double exponent = c.Settings["exponent"];
        string text = "cdist; the noise is given" + (c.Noise is null ? "" : ", where ours draws it in its time");
        return new TorchForm(text, x, () => [Loss()]) { Constants = [noise] };

        Tensor Loss()
        {
            Tensor targets = x[1].unsqueeze(1) + noise * x[2].exp().unsqueeze(1);
            return (2 * Fit(x[0], targets, exponent) - Spread(x[0], exponent)).mean();
        }
    }

    private static Tensor Fit(Tensor draws, Tensor targets, double exponent) =>
        Power(cdist(draws, targets), exponent).mean([1, 2]);

    // A power below 1 has no derivative at the distance of a draw to itself, which is made 1 and taken off again.
    private static Tensor Spread(Tensor draws, double exponent)
    {
        long count = draws.shape[1];
        Tensor distances = cdist(draws, draws);
        Tensor sum = exponent < 1
            ? (distances + eye(count)).pow(exponent).sum([1, 2]) - count
            : Power(distances, exponent).sum([1, 2]);
        return sum / (count * (count - 1));
    }

    private static Tensor Power(Tensor distances, double exponent) => exponent == 1 ? distances : distances.pow(exponent);
}
