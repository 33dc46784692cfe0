using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// The parts of a flat parameter array that an optimiser goes through, cut into pieces of bounded length. Parameters that
/// no gradient has reached are left out: they neither move nor decay.
/// </summary>
public sealed class ParameterRanges
{
    /// <summary>Elements of one piece at most: 128 KB of each array.</summary>
    internal const int MostElements = 1 << 15;

    /// <summary>Integers in a row of <see cref="Table"/>.</summary>
    internal const int FieldsPerRange = 3;

    private ParameterRanges(Tensor table)
    {
        Table = table;
    }

    /// <summary>[pieces, 3]: first element, number of elements, 1 if weight decay applies.</summary>
    internal Tensor Table { get; }

    /// <summary>How many pieces there are.</summary>
    public int Count => Table.Rows;

    /// <summary>The pieces of some parameters of a set.</summary>
    /// <param name="device">Where the set lives.</param>
    /// <param name="parameters">Those to go through.</param>
    public static ParameterRanges Of(Device device, IEnumerable<Parameter> parameters) =>
        Of(device, parameters.Select(p => (p.Start, p.Shape.Count, p.Decays)));

    internal static ParameterRanges Of(Device device, IEnumerable<(long Start, long Count, bool Decays)> parts)
    {
        List<int> rows = [];
        foreach ((long start, long count, bool decays) in parts)
        {
            for (long done = 0; done < count; done += MostElements)
            {
                rows.Add(checked((int)(start + done)));
                rows.Add((int)Math.Min(MostElements, count - done));
                rows.Add(decays ? 1 : 0);
            }
        }

        Tensor table = device.Persistent.Rent(
            new Shape(rows.Count / FieldsPerRange, FieldsPerRange), "optimizer", ElementType.Int32);
        table.CopyFrom(rows.ToArray());
        return new ParameterRanges(table);
    }

    /// <summary>Piece number <paramref name="piece"/> of a host table.</summary>
    internal static unsafe (int Start, int Count, bool Decays) Read(int* table, int piece)
    {
        int* row = table + (long)piece * FieldsPerRange;
        return (row[0], row[1], row[2] != 0);
    }
}
