using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// A whole B in the panels that <see cref="HostGemm"/> multiplies by, part by part: a weight that does not change is packed
/// once instead of before each product.
/// </summary>
internal sealed unsafe class PackedWeight
{
    private readonly Tensor _memory;
    private readonly int _columns;
    private readonly int _depth;
    private readonly int _panelColumns;

    /// <summary>Packs a matrix.</summary>
    /// <param name="host">Whose threads, instructions and precision.</param>
    /// <param name="arena">Whose memory.</param>
    /// <param name="b">Depth by columns.</param>
    /// <param name="columns">N.</param>
    /// <param name="depth">K.</param>
    public PackedWeight(HostDevice host, Arena arena, HostMatrix b, int columns, int depth)
    {
        (_, _panelColumns) = HostGemm.PanelSizes(host);
        _columns = columns;
        _depth = depth;
        _memory = arena.Rent(new Shape(checked((int)Math.Max(1, StartOf(depth)))), nameof(PackedWeight));
        for (int k = 0; k < depth || k == 0; k += HostGemm.DepthAtOnce)
        {
            for (int j = 0; j < columns; j += HostGemm.ColumnsAtOnce)
            {
                HostGemm.Pack(host, b, k, j, Part(k, j), host.Precision);
            }
        }
    }

    /// <summary>The panels of one part.</summary>
    /// <param name="k">First step of depth, a multiple of DepthAtOnce.</param>
    /// <param name="j">First column, a multiple of ColumnsAtOnce.</param>
    public PackedBlocks Part(int k, int j)
    {
        int steps = StepsFrom(k);
        long before = j / HostGemm.ColumnsAtOnce * PackedBlocks.FloatsFor(HostGemm.ColumnsAtOnce, _panelColumns, steps);
        int present = Math.Min(HostGemm.ColumnsAtOnce, _columns - j);
        return new PackedBlocks(_memory.Pointer + StartOf(k) + before, present, _panelColumns, steps);
    }

    private int StepsFrom(int k) => Math.Min(HostGemm.DepthAtOnce, _depth - k);

    /// <summary>Floats of all parts before step <paramref name="k"/>.</summary>
    private long StartOf(int k)
    {
        int whole = _columns / HostGemm.ColumnsAtOnce;
        int rest = _columns % HostGemm.ColumnsAtOnce;
        long floats = 0;
        for (int start = 0; start < k; start += HostGemm.DepthAtOnce)
        {
            int steps = StepsFrom(start);
            floats += whole * PackedBlocks.FloatsFor(HostGemm.ColumnsAtOnce, _panelColumns, steps)
                + PackedBlocks.FloatsFor(rest, _panelColumns, steps);
        }

        return floats;
    }
}
