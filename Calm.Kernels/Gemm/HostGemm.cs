using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Matrix products on the host: C[M, N] (+)= A[M, K] B[K, N] + epilogue. Both operands are packed into panels, block by
/// block of the depth, then the tiles of C are computed; each of the two is one job whose chunks any thread may take.
/// </summary>
/// <remarks>
/// Every element adds its products in the order of depth, in blocks of <see cref="DepthBlock"/>, whatever the sizes and
/// the path taken: a row of C has the same bits whether it is computed alone or among a thousand.
/// </remarks>
internal static unsafe partial class HostGemm
{
    // Depth of a block: a panel of B is then 32 KB, a first cache, and C is read and written again once a block.
    internal const int DepthBlock = 256;

    // Columns of B packed at once: 1 MB of panels, which stay in the second cache until they are used.
    private const int ColumnBlock = 1024;

    // Rows and columns of C in one chunk of work, about 25 us a block of depth. Larger chunks are no faster on one
    // thread, and leave too few of them to small products.
    private const int RowsPerChunk = 48;
    private const int ColumnsPerChunk = 128;

    // Up to here a B stored by columns is read where it lies, in any precision.
    internal const int MostThinRows = 16;

    /// <summary>Computes the product.</summary>
    /// <param name="host">Whose threads and workspace.</param>
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
    public static void Multiply(
        HostDevice host, int rows, int columns, int depth, HostMatrix a, HostMatrix b, float* c, long cStride,
        bool accumulate, Epilogue epilogue = default, Precision? precision = null)
    {
        if (rows == 0 || columns == 0)
        {
            return;
        }

        host.Profiler?.Count(2.0 * rows * columns * depth);
        if (rows <= MostThinRows && b.Transposed)
        {
            MultiplyThin(host, rows, columns, depth, a, b, new ProductTiles(c, cStride, accumulate, epilogue));
            return;
        }

        Precision operands = precision ?? host.Precision;
        (int panelRows, int panelColumns) = PanelSizes(host);
        int blockDepth = Math.Min(depth, DepthBlock);
        long aFloats = PackedOperand.FloatsFor(rows, panelRows, blockDepth);
        long bFloats = PackedOperand.FloatsFor(Math.Min(columns, ColumnBlock), panelColumns, blockDepth);
        float* workspace = host.Workspace(aFloats + bFloats);
        for (int k = 0; k < depth || k == 0; k += DepthBlock)
        {
            int steps = Math.Min(DepthBlock, depth - k);
            PackedOperand aPanels = new(workspace, rows, panelRows, steps);
            for (int j = 0; j < columns; j += ColumnBlock)
            {
                int present = Math.Min(ColumnBlock, columns - j);
                PackedOperand bPanels = new(workspace + aFloats, present, panelColumns, steps);
                PackJob pack = new(
                    Packing.OfA(a, k, operands), j == 0 ? aPanels : default,
                    Packing.OfB(b, k, j, operands), bPanels);
                host.Team.Run(pack.ChunkCount, pack);
                bool isLast = k + DepthBlock >= depth;
                TileJob tiles = new(
                    aPanels, bPanels,
                    new ProductTiles(c + j, cStride, accumulate || k > 0, isLast ? epilogue.From(j) : default));
                host.Team.Run(tiles.ChunkCount, tiles);
            }
        }
    }

    private static (int Rows, int Columns) PanelSizes(HostDevice host) => host.Instructions switch
    {
        InstructionSet.Vector512 => (MicroKernel.Rows<Lanes512>(), MicroKernel.Columns<Lanes512>()),
        InstructionSet.Vector256 => (MicroKernel.Rows<Lanes256>(), MicroKernel.Columns<Lanes256>()),
        InstructionSet.Vector128 => (MicroKernel.Rows<Lanes128>(), MicroKernel.Columns<Lanes128>()),
        _ => (MicroKernel.Rows<Lanes1>(), MicroKernel.Columns<Lanes1>()),
    };

    private readonly struct PackJob(Packing a, PackedOperand aPanels, Packing b, PackedOperand bPanels) : IChunkJob
    {
        private Chunks AChunks => a.ChunksOf(aPanels);

        private Chunks BChunks => b.ChunksOf(bPanels);

        public int ChunkCount => AChunks.Count + BChunks.Count;

        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            Chunks chunks = AChunks;
            if (chunk < chunks.Count)
            {
                a.Run<TLanes>(aPanels, chunks.Start(chunk), chunks.End(chunk));
                return;
            }

            chunk -= chunks.Count;
            chunks = BChunks;
            b.Run<TLanes>(bPanels, chunks.Start(chunk), chunks.End(chunk));
        }
    }

    private readonly struct TileJob(PackedOperand a, PackedOperand b, ProductTiles tiles) : IChunkJob
    {
        private Chunks RowChunks => Cut(a, RowsPerChunk);

        private Chunks ColumnChunks => Cut(b, ColumnsPerChunk);

        public int ChunkCount => RowChunks.Count * ColumnChunks.Count;

        private static Chunks Cut(PackedOperand operand, int sizePerChunk)
        {
            int panels = sizePerChunk / operand.Width;
            return new Chunks(operand.Count, (operand.Count + panels - 1) / panels);
        }

        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            Chunks rows = RowChunks;
            Chunks columns = ColumnChunks;
            int rowChunk = chunk / columns.Count;
            int columnChunk = chunk % columns.Count;
            for (long column = columns.Start(columnChunk); column < columns.End(columnChunk); column++)
            {
                // A panel of B stays in the first cache while the panels of A pass.
                for (long row = rows.Start(rowChunk); row < rows.End(rowChunk); row++)
                {
                    tiles.Compute<TLanes>(a, (int)row, b, (int)column);
                }
            }
        }
    }
}
