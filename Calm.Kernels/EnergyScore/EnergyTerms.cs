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
        Run(tape, sizes, draws, targets, exponent, terms, null, null);
        if (tape.Records(draws))
        {
            tape.Record(new Node(sizes, draws, targets, exponent, terms));
        }

        return terms;
    }

    /// <summary>Computes the terms and, if <paramref name="dTerms"/> is there, the gradient.</summary>
    private static void Run(
        Tape tape, EnergySizes sizes, Tensor draws, Tensor targets, float exponent, Tensor terms, Tensor? dTerms,
        GradientTarget? dDraws)
    {
        tape.Device.CountOther((dTerms is null ? 1 : 2) * sizes.DistanceFlops);
        EnergyTargets given = new(null, null, targets, null, default);
        if (tape.Device is HostDevice host)
        {
            EnergyLoop.Run(host, sizes, draws, given, exponent, terms, dTerms, dDraws);
        }
        else
        {
            bool done = false;
            RunOnDevice(sizes, draws, given, exponent, terms, dTerms, dDraws, ref done);
            Check.Done(Op, tape.Device, done);
        }
    }

    static partial void RunOnDevice(
        EnergySizes sizes, Tensor draws, EnergyTargets targets, float exponent, Tensor terms, Tensor? dTerms,
        GradientTarget? dDraws, ref bool done);
}
