using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// A whole B in the panels that <see cref="HostGemm"/> multiplies by, part by part, as a tape for generation keeps it.
/// </summary>
/// <param name="memory">The panels of all parts, <see cref="FloatsFor"/> floats.</param>
/// <param name="columns">N.</param>
/// <param name="depth">K.</param>
/// <param name="panelColumns">Columns of a panel.</param>
internal readonly unsafe struct PackedWeight(Tensor memory, int columns, int depth, int panelColumns)
{
    /// <summary>Memory for the panels, in floats.</summary>
    public static long FloatsFor(int columns, int depth, int panelColumns) => FloatsBefore(depth, columns, depth, panelColumns);

    /// <summary>Packs W^T.</summary>
    /// <param name="host">The device whose threads run.</param>
    /// <param name="weight">W, [N, K or more].</param>
    public void Pack(HostDevice host, Tensor weight)
    {
        HostMatrix b = HostMatrix.TransposeOf(weight);
        for (int k = 0; k < depth || k == 0; k += HostGemm.DepthAtOnce)
        {
            for (int j = 0; j < columns; j += HostGemm.ColumnsAtOnce)
            {
                HostGemm.Pack(host, b, k, j, Part(k, j), Precision.Float32);
            }
        }
    }

    /// <summary>The panels of one part.</summary>
    /// <param name="k">First step of depth, a multiple of DepthAtOnce.</param>
    /// <param name="j">First column, a multiple of ColumnsAtOnce.</param>
    public PackedBlocks Part(int k, int j)
    {
        int steps = Math.Min(HostGemm.DepthAtOnce, depth - k);
        long before = j / HostGemm.ColumnsAtOnce * PackedBlocks.FloatsFor(HostGemm.ColumnsAtOnce, panelColumns, steps);
        float* start = memory.Pointer + FloatsBefore(k, columns, depth, panelColumns) + before;
        return new PackedBlocks(start, Math.Min(HostGemm.ColumnsAtOnce, columns - j), panelColumns, steps);
    }

    /// <summary>Floats of all parts before step <paramref name="k"/>.</summary>
    private static long FloatsBefore(int k, int columns, int depth, int panelColumns)
    {
        int whole = columns / HostGemm.ColumnsAtOnce;
        long floats = 0;
        for (int start = 0; start < k; start += HostGemm.DepthAtOnce)
        {
            int steps = Math.Min(HostGemm.DepthAtOnce, depth - start);
            floats += whole * PackedBlocks.FloatsFor(HostGemm.ColumnsAtOnce, panelColumns, steps)
                + PackedBlocks.FloatsFor(columns % HostGemm.ColumnsAtOnce, panelColumns, steps);
        }

        return floats;
    }
}
