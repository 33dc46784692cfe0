using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Scales and shifts the rows of several draws by what a condition says of their position: y[p S + s, c] =
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
        CheckSizes(Op, x, modulation, first + 2 * x.Columns, draws);
        Tensor y = tape.Rent(x.Shape, Op);
        CountColumns(tape, modulation, 2 * x.Columns);
        if (tape.Device is HostDevice host)
        {
            ForwardOnHost(host, x, modulation, first, draws, y);
        }
        else
        {
            bool done = false;
            ForwardOnDevice(x, modulation, first, draws, y, ref done);
            Check.Done(Op, tape.Device, done);
        }

        if (tape.Records(x, modulation))
        {
            tape.Record(new Node(x, modulation, first, draws, y));
        }

        return y;
    }

    /// <summary>Rows are draws of the modulation's positions, and its columns reach far enough.</summary>
    internal static void CheckSizes(string op, Tensor x, Tensor modulation, int columns, int draws)
    {
        Check.That(draws >= 1, op, "draws", draws, "at least 1");
        Check.That(
            x.Rows == (long)modulation.Rows * draws, op, "rows of x", x.Rows,
            $"{modulation.Rows} positions of {draws} draws");
        Check.That(modulation.Columns >= columns, op, "columns of modulation", modulation.Columns, $"at least {columns}");
    }

    /// <summary>Tells a profile that an op reads only some columns of a modulation.</summary>
    internal static void CountColumns(Tape tape, Tensor modulation, int columns) =>
        tape.Device.Profiler?.Count(
            0, Tensor.ElementSize * ((double)modulation.Rows * columns - modulation.Count));

    static partial void ForwardOnDevice(Tensor x, Tensor modulation, int first, int draws, Tensor y, ref bool done);
}
