using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Scales and shifts the rows of several draws by the modulation of their position: y[p S + s, c] =
/// x[p S + s, c] * (1 + scale[p, c]) + shift[p, c]. Source: Peebles and Xie 2023, arXiv:2212.09748, section 3.2 (adaLN).
/// </summary>
public static partial class Modulate
{
    private const string Op = nameof(Modulate);

    /// <summary>Modulates the rows of <paramref name="x"/>.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="x">[P * S, C]: the draws of a position follow each other.</param>
    /// <param name="modulation">[P, W]: from column <paramref name="first"/> on C shifts, then C scales.</param>
    /// <param name="first">The first column of the shifts.</param>
    /// <param name="draws">S, at least 1.</param>
    /// <returns>y, in the shape of <paramref name="x"/>.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names the operand.</exception>
    public static Tensor Apply(Tape tape, Tensor x, Tensor modulation, int first, int draws)
    {
        Check.Device(Op, tape, x, modulation);
        Modulation.CheckSizes(Op, x, modulation, first + 2 * x.Columns, draws);
        Tensor y = tape.Rent(x.Shape, Op);
        Modulation.CountColumns(tape, modulation, 2 * x.Columns);
        tape.Device.Run(new Modulation.Forward<ShiftAndScale>(x, modulation, first, draws, null, y));
        if (tape.Records(x, modulation))
        {
            tape.Record(new Node(x, modulation, first, draws, y));
        }

        return y;
    }
}
