using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// A residual connection whose branch is multiplied by the gates of its position: y[p S + s, c] = x[p S + s, c] +
/// gate[p, c] * branch[p S + s, c]. Source: Peebles and Xie 2023, arXiv:2212.09748, section 3.2
/// (adaLN-Zero).
/// </summary>
public static partial class GatedResidual
{
    private const string Op = nameof(GatedResidual);

    /// <summary>Adds the gated branch.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="x">[P * S, C]: the draws of a position follow each other.</param>
    /// <param name="branch">In the shape of <paramref name="x"/>.</param>
    /// <param name="modulation">[P, W]: the gates are its C columns from <paramref name="first"/> on.</param>
    /// <param name="first">The first column of the gates.</param>
    /// <param name="draws">S, at least 1.</param>
    /// <returns>y, in the shape of <paramref name="x"/>.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names the operand.</exception>
    public static Tensor Apply(Tape tape, Tensor x, Tensor branch, Tensor modulation, int first, int draws)
    {
        Check.Device(Op, tape, x, branch, modulation);
        Check.Shape(Op, nameof(branch), branch, x.Shape);
        Modulation.CheckSizes(Op, x, modulation, first + x.Columns, draws);
        Tensor y = tape.Rent(x.Shape, Op);
        Modulation.CountColumns(tape, modulation, x.Columns);
        tape.Device.Run(new Modulation.Forward<Gate>(branch, modulation, first, draws, x, y));
        if (tape.Records(x, branch, modulation))
        {
            tape.Record(new Node(x, branch, modulation, first, draws, y));
        }

        return y;
    }
}
