using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's part: the loop over positions, then the mean in the order of positions.</content>
public static partial class EnergyScore
{
    private static void ForwardOnHost(
        HostDevice host, Tape tape, EnergySizes sizes, Tensor draws, EnergyTargets targets, float exponent, Tensor terms,
        Tensor loss, Tensor? gradient)
    {
        Tensor? dTerms = null;
        if (gradient is not null)
        {
            dTerms = tape.Rent(terms.Shape, Op);
            dTerms.Span[..sizes.Positions].Fill(-1f / sizes.Positions);
            dTerms.Span[sizes.Positions..].Fill(2f / sizes.Positions);
        }

        EnergyLoop.Run(
            host, sizes, draws, targets, exponent, terms, dTerms,
            gradient is null ? null : new GradientTarget(gradient, Accumulate: false));

        // In double: 50 000 positions in float would lose three digits.
        ReadOnlySpan<float> spread = terms.Span[..sizes.Positions];
        ReadOnlySpan<float> fit = terms.Span[sizes.Positions..];
        double sum = 0;
        for (int position = 0; position < sizes.Positions; position++)
        {
            sum += 2.0 * fit[position] - spread[position];
        }

        loss.Span[0] = (float)(sum / sizes.Positions);
    }
}
