using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// The energy score of draws x_i from a model against draws y_j of the target: for each position
/// 2 mean_ij |x_i - y_j|^beta - sum_ij |x_i - x_j|^beta / (S (S - 1)), averaged over positions. It needs no likelihood,
/// and for beta in (0, 2) no distribution of x has a lower expected score than that of y; with 2 only its mean counts.
/// Source: Shao, Li, Meng and Zhou 2025, arXiv:2510.27688, section 3; Gneiting and Raftery 2007.
/// </summary>
public static partial class EnergyScore
{
    private const string Op = nameof(EnergyScore);

    /// <summary>The score against targets that are drawn on the way: y_j = mean + e_j exp(logStd).</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="draws">x, [M, S, L]: the S draws of a position side by side, S at least 2.</param>
    /// <param name="mean">Mean of the targets, [M, L]; gets no gradient.</param>
    /// <param name="logStd">Logarithm of their standard deviation, [M, L]; gets no gradient.</param>
    /// <param name="positions">
    /// Index of each position, int [M], not negative: its place in the whole batch, so that the noise does not depend on
    /// how a batch is cut into micro-batches or on which positions are live.
    /// </param>
    /// <param name="noise">Component l of e_j at position m is its normal number (positions[m] * N + j) * L + l.</param>
    /// <param name="targets">N, at least 1.</param>
    /// <param name="exponent">beta, above 0 and at most 2.</param>
    /// <returns>The loss, a scalar.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names the operand.</exception>
    public static Tensor Apply(
        Tape tape, Tensor draws, Tensor mean, Tensor logStd, Tensor positions, RandomStream noise, int targets = 100,
        float exponent = 1)
    {
        Check.Device(Op, tape, draws, mean, logStd, positions);
        EnergySizes sizes = SizesOf(Op, draws, targets);
        CheckTarget(sizes, mean, logStd);
        Check.Vector(Op, nameof(positions), positions, sizes.Positions);
        return Apply(tape, sizes, draws, new EnergyTargets(mean, logStd, null, positions, noise), exponent);
    }

    /// <summary>The score against targets whose noise is given.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="draws">x, [M, S, L], S at least 2.</param>
    /// <param name="mean">Mean of the targets, [M, L]; gets no gradient.</param>
    /// <param name="logStd">Logarithm of their standard deviation, [M, L]; gets no gradient.</param>
    /// <param name="noise">e, [M, N, L].</param>
    /// <param name="exponent">beta, above 0 and at most 2.</param>
    /// <returns>The loss, a scalar.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names the operand.</exception>
    public static Tensor Apply(
        Tape tape, Tensor draws, Tensor mean, Tensor logStd, Tensor noise, float exponent = 1)
    {
        Check.Device(Op, tape, draws, mean, logStd, noise);
        EnergySizes sizes = SizesOf(Op, draws, nameof(noise), noise);
        CheckTarget(sizes, mean, logStd);
        return Apply(tape, sizes, draws, new EnergyTargets(mean, logStd, noise, null, default), exponent);
    }

    private static Tensor Apply(Tape tape, EnergySizes sizes, Tensor draws, EnergyTargets targets, float exponent)
    {
        CheckExponent(Op, exponent);
        Tensor loss = tape.Rent(default, Op);
        Tensor terms = tape.Rent(new Shape(2, sizes.Positions), Op);
        Tensor? gradient = tape.Records(draws) ? tape.Rent(draws.Shape, Op) : null;
        tape.Device.CountOther(
            (gradient is null ? 1 : 2) * sizes.DistanceFlops + (targets.Values is null ? sizes.NoiseFlops : 0));
        tape.Device.Run(new Forward(sizes, draws, targets, exponent, terms, loss, gradient));
        if (gradient is not null)
        {
            tape.Record(new Node(draws, gradient, loss));
        }

        return loss;
    }

    private readonly partial struct Forward(
        EnergySizes sizes, Tensor draws, EnergyTargets targets, float exponent, Tensor terms, Tensor loss, Tensor? gradient)
        : IDeviceWork
    {
        private EnergyLoop Loop(double spreadSlope, double fitSlope) => new(
            Op, sizes, draws, targets, exponent, terms, new EnergySlopes(spreadSlope, fitSlope, null),
            gradient is null ? null : new GradientTarget(gradient, Accumulate: false));
    }

    /// <summary>Checks the shape of the draws and the number of targets.</summary>
    internal static EnergySizes SizesOf(string op, Tensor draws, int targets)
    {
        Check.That(draws.Shape.Rank == 3, op, "number of axes of draws", draws.Shape.Rank, "3");
        EnergySizes sizes = new(draws.Shape[0], draws.Shape[1], targets, draws.Columns);
        Check.That(sizes.Positions >= 1, op, "number of positions", sizes.Positions, "at least 1");
        Check.That(sizes.Draws >= 2, op, "number of draws", sizes.Draws, "at least 2");
        Check.That(sizes.Targets >= 1, op, "number of targets", sizes.Targets, "at least 1");
        return sizes;
    }

    /// <summary>Checks the shapes of the draws and of an operand [M, N, L].</summary>
    internal static EnergySizes SizesOf(string op, Tensor draws, string operand, Tensor values)
    {
        Check.That(values.Shape.Rank == 3, op, $"number of axes of {operand}", values.Shape.Rank, "3");
        EnergySizes sizes = SizesOf(op, draws, values.Shape[1]);
        Check.Shape(op, operand, values, new Shape(sizes.Positions, sizes.Targets, sizes.Columns));
        return sizes;
    }

    /// <summary>Checks beta.</summary>
    internal static void CheckExponent(string op, float exponent)
    {
        if (!(exponent > 0 && exponent <= 2))
        {
            throw new ArgumentException($"{op}: exponent is {exponent}, expected more than 0 and at most 2.");
        }
    }

    private static void CheckTarget(EnergySizes sizes, Tensor mean, Tensor logStd)
    {
        Shape shape = new(sizes.Positions, sizes.Columns);
        Check.Shape(Op, nameof(mean), mean, shape);
        Check.Shape(Op, nameof(logStd), logStd, shape);
    }
}
