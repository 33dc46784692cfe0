using System.Buffers;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// The parts of a flat parameter array that an optimiser goes through, cut into pieces of bounded length. Parameters that
/// no gradient has reached are left out: they neither move nor decay.
/// </summary>
/// <remarks>Its table is in the memory of a step and ends with it: make one for each step.</remarks>
public sealed class ParameterRanges
{
    /// <summary>Elements of one piece at most: 128 KB of each array.</summary>
    internal const int MaxElements = 1 << 15;

    /// <summary>Integers in a row of <see cref="Table"/>.</summary>
    internal const int FieldsPerRange = 3;

    private ParameterRanges(Tensor table)
    {
        Table = table;
    }

    /// <summary>[pieces, 3]: first element, number of elements, 1 if weight decay applies.</summary>
    internal Tensor Table { get; }

    /// <summary>Number of pieces.</summary>
    public int Count => Table.Rows;

    /// <summary>The pieces of the parameters that a gradient has reached in this step.</summary>
    /// <param name="tape">The step.</param>
    /// <param name="parameters">All parameters.</param>
    public static ParameterRanges Of(Tape tape, ParameterSet parameters) => Of(
        tape,
        [.. parameters.Parameters.Where(p => p.HasGradient).Select(p => (p.Start, p.Shape.Count, p.Decays))]);

    internal static ParameterRanges Of(Tape tape, params ReadOnlySpan<(long Start, long Count, bool Decays)> parts)
    {
        int pieces = 0;
        foreach ((_, long count, _) in parts)
        {
            pieces += checked((int)((count + MaxElements - 1) / MaxElements));
        }

        // Pooled: a large model's table alone would take half of the managed memory that a step may allocate.
        int[] pooled = ArrayPool<int>.Shared.Rent(FieldsPerRange * pieces);
        int used = 0;
        foreach ((long start, long count, bool decays) in parts)
        {
            for (long done = 0; done < count; done += MaxElements)
            {
                pooled[used++] = checked((int)(start + done));
                pooled[used++] = (int)Math.Min(MaxElements, count - done);
                pooled[used++] = decays ? 1 : 0;
            }
        }

        Tensor table = tape.FromIntegers(pooled.AsSpan(0, used), new Shape(pieces, FieldsPerRange));
        ArrayPool<int>.Shared.Return(pooled);
        return new ParameterRanges(table);
    }

    /// <summary>Piece number <paramref name="piece"/> of a host table.</summary>
    internal static unsafe (int Start, int Count, bool Decays) Read(int* table, int piece)
    {
        int* row = table + (long)piece * FieldsPerRange;
        return (row[0], row[1], row[2] != 0);
    }
}
