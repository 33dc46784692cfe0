using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Rotary position embedding: component k of a head at position p is turned with component k + headSize / 2 by the
/// angle a = p * theta^(-2k / headSize): y[k] = x[k] cos a - x[k + headSize/2] sin a and
/// y[k + headSize/2] = x[k + headSize/2] cos a + x[k] sin a. The product of a query and a key then depends on their
/// distance only. Source: Su et al. 2021, arXiv:2104.09864, with the halves paired as in GPT-NeoX and Llama.
/// </summary>
public static partial class RotaryEmbedding
{
    private const string Op = nameof(RotaryEmbedding);

    /// <summary>
    /// Turns the leading heads of each row of <paramref name="x"/> and leaves the columns behind them as they are: of a
    /// fused projection the queries and keys, not the values.
    /// </summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="x">
    /// [B, T, columns], overwritten: the op that made it must not need it for its gradient (a projection does not).
    /// </param>
    /// <param name="table">The angles, of the size of a head.</param>
    /// <param name="rotatedHeads">Number of heads that are turned.</param>
    /// <param name="start">Position of row 0 of each sequence.</param>
    /// <returns>The memory of <paramref name="x"/> as a tensor with a gradient of its own.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names the operand.</exception>
    public static Tensor ApplyInPlace(Tape tape, Tensor x, RotaryTable table, int rotatedHeads, int start = 0)
    {
        Check.Device(Op, tape, x, table.Cos);
        Check.That(x.Shape.Rank == 3, Op, "the rank of x", x.Shape.Rank, "3: [batch, positions, columns]");
        Check.That(rotatedHeads >= 0, Op, "rotatedHeads", rotatedHeads, "at least 0");
        Check.That(
            (long)rotatedHeads * table.HeadSize <= x.Columns, Op, "the width of the rotated heads",
            (long)rotatedHeads * table.HeadSize, $"at most the {x.Columns} columns of x");
        Check.That(start >= 0, Op, "start", start, "at least 0");
        Check.That(
            (long)start + x.Shape[1] <= table.Positions, Op, "the last position + 1", (long)start + x.Shape[1],
            $"at most the {table.Positions} positions of the table");

        Rotate(new Rotation(table, rotatedHeads, start, Inverse: false), x, x, accumulate: false);

        // A slice of everything: the same memory, another gradient.
        Tensor y = x.Slice(0, x.Shape);
        if (tape.Records(x))
        {
            tape.Record(new Node(x, y, new Rotation(table, rotatedHeads, start, Inverse: true)));
        }

        return y;
    }

    private static void Rotate(Rotation rotation, Tensor source, Tensor target, bool accumulate)
    {
        if (source == target)
        {
            // Of all that was given only the turned heads are read, and they are written.
            double turned = (double)source.Rows * rotation.Heads * rotation.Table.HeadSize;
            source.Device.Profiler?.Count(0, Tensor.ElementSize * (2 * turned - source.Count));
        }

        source.Device.Run(new Turn(rotation, source, target, accumulate));
    }

    /// <summary>The columns to turn, and the angles.</summary>
    /// <param name="Table">Cosines and sines.</param>
    /// <param name="Heads">Number of leading heads.</param>
    /// <param name="Start">Position of row 0 of each sequence.</param>
    /// <param name="Inverse">Whether to turn by the negative angle.</param>
    private readonly record struct Rotation(RotaryTable Table, int Heads, int Start, bool Inverse);

    /// <summary>target (+)= source with its leading heads turned, [B, T, columns]; may be the same memory.</summary>
    private readonly partial struct Turn(Rotation rotation, Tensor source, Tensor target, bool accumulate) : IDeviceWork;
}
