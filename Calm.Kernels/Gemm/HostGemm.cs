using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Matrix products on the host: C[M, N] (+)= A[M, K] B[K, N] + epilogue. B is packed into panels; then whoever takes some rows
/// of C packs the rows of A that belong to them, and computes.
/// </summary>
/// <remarks>
/// Every element adds its products in the order of depth, in blocks of <see cref="DepthBlock"/>, whatever the sizes and
/// the path taken: a row of C has the same bits whether it is computed alone or among a thousand.
/// </remarks>
internal static unsafe partial class HostGemm
{
    // Depth of a block: C is read and written again once a block. A panel of B is then 64 KB and comes from the second cache.
    internal const int DepthBlock = 512;

    // The part of B that is packed at once: at most 4 MB.
    internal const int DepthAtOnce = 2 * DepthBlock;
    internal const int ColumnsAtOnce = 1024;

    // Rows of C in one chunk of work. Their part of A is 144 KB a block, which stays in the second cache.
    private const int RowsPerChunk = 72;

    // If there are few rows, columns are cut as well, until there are this many chunks.
    private const int EnoughChunks = 16;
    private const int LeastColumnsPerChunk = 128;

    // Up to here a B stored by columns is read where it lies, in any precision.
    internal const int MostThinRows = 16;

    /// <summary>Computes the product.</summary>
    /// <param name="host">The device whose threads and workspace it uses.</param>
    /// <param name="rows">M.</param>
    /// <param name="columns">N.</param>
    /// <param name="depth">K.</param>
    /// <param name="a">M by K.</param>
    /// <param name="b">K by N.</param>
    /// <param name="c">First element of C, row-major.</param>
    /// <param name="cStride">Distance between rows of C.</param>
    /// <param name="accumulate">Whether to add to C; otherwise its contents are ignored.</param>
    /// <param name="epilogue">Added to the product.</param>
    /// <param name="precision">Of the operands; the device's if null.</param>
    /// <param name="packed">B's panels, if they exist.</param>
    public static void Multiply(
        HostDevice host, int rows, int columns, int depth, HostMatrix a, HostMatrix b, float* c, long cStride,
        bool accumulate, Epilogue epilogue = default, Precision? precision = null, PackedWeight? packed = null)
    {
        if (rows == 0 || columns == 0)
        {
            return;
        }

        host.CountProducts(2.0 * rows * columns * depth);
        if (rows <= MostThinRows && b.Transposed && packed is null)
        {
            MultiplyThin(host, rows, columns, depth, a, b, new ProductTiles(c, cStride, accumulate, epilogue));
            return;
        }

        Precision operands = precision ?? host.Precision;
        (int panelRows, int panelColumns) = PanelSizes(host);
        long aFloats = PackedOperand.FloatsFor(RowsPerChunk, panelRows, DepthBlock);
        long bFloats = packed is not null
            ? 0
            : PackedBlocks.FloatsFor(Math.Min(columns, ColumnsAtOnce), panelColumns, Math.Min(depth, DepthAtOnce));
        float* workspace = host.Workspace(host.Team.Threads * aFloats + bFloats);
        for (int k = 0; k < depth || k == 0; k += DepthAtOnce)
        {
            int steps = Math.Min(DepthAtOnce, depth - k);
            bool isLast = k + DepthAtOnce >= depth;
            for (int j = 0; j < columns; j += ColumnsAtOnce)
            {
                int present = Math.Min(ColumnsAtOnce, columns - j);
                PackedBlocks panels = packed?.Part(k, j)
                    ?? Pack(host, b, k, j, new(workspace + host.Team.Threads * aFloats, present, panelColumns, steps), operands);
                ProductTiles tiles = new(c + j, cStride, accumulate || k > 0, isLast ? epilogue.From(j) : default);
                RowJob product = new(
                    Packing.OfA(a, k, operands), rows, panelRows, panels, tiles, workspace, aFloats);
                host.Team.Run(product.ChunkCount, product);
            }
        }
    }

    /// <summary>Packs a part of B, from step <paramref name="k"/> and column <paramref name="j"/> on.</summary>
    internal static PackedBlocks Pack(
        HostDevice host, HostMatrix b, int k, int j, PackedBlocks panels, Precision precision)
    {
        PackJob pack = new(Packing.OfB(b, k, j, precision), panels);
        host.Team.Run(pack.ChunkCount, pack);
        return panels;
    }

    /// <summary>Rows of a panel of A and columns of one of B.</summary>
    internal static (int Rows, int Columns) PanelSizes(HostDevice host) => host.Instructions switch
    {
        InstructionSet.Vector512 => (MicroKernel.Rows<Lanes512>(), MicroKernel.Columns<Lanes512>()),
        InstructionSet.Vector256 => (MicroKernel.Rows<Lanes256>(), MicroKernel.Columns<Lanes256>()),
        InstructionSet.Vector128 => (MicroKernel.Rows<Lanes128>(), MicroKernel.Columns<Lanes128>()),
        _ => (MicroKernel.Rows<Lanes1>(), MicroKernel.Columns<Lanes1>()),
    };
}
