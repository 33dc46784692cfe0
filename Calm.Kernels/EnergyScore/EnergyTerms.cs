using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// The two terms of the energy score of each position, apart: spread = sum_ij |x_i - x_j|^beta / (S (S - 1)) and
/// fit = mean_ij |x_i - y_j|^beta. <see cref="EnergyScore"/> is the mean of 2 fit - spread.
/// </summary>
public static partial class EnergyTerms
{
    private const string Op = nameof(EnergyTerms);

    /// <summary>Spread and fit of each position.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="draws">x, [M, S, L], S at least 2.</param>
    /// <param name="targets">y, [M, N, L]; gets no gradient.</param>
    /// <param name="exponent">beta, above 0 and at most 2.</param>
    /// <returns>[2, M]: the spreads, then the fits.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names the operand.</exception>
    public static Tensor Apply(Tape tape, Tensor draws, Tensor targets, float exponent = 1)
    {
        Check.Device(Op, tape, draws, targets);
        EnergySizes sizes = EnergyScore.SizesOf(Op, draws, nameof(targets), targets);
        EnergyScore.CheckExponent(Op, exponent);

        Tensor terms = tape.Rent(new Shape(2, sizes.Positions), Op);
        tape.Device.CountOther(sizes.DistanceFlops);
        tape.Device.Run(new EnergyLoop(
            Op, sizes, draws, EnergyTargets.Given(targets), exponent, terms, default, null));
        if (tape.Records(draws))
        {
            tape.Record(new Node(sizes, draws, targets, exponent, terms));
        }

        return terms;
    }
}
