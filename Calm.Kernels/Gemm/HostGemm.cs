using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Matrix products on the host: C[M, N] (+)= A[M, K] B[K, N] + bias. Both operands are packed into panels, block by block
/// of the depth, then the tiles of C are computed; each of the two is one job whose chunks any thread may take.
/// </summary>
internal static unsafe class HostGemm
{
    // Depth of a block: a panel of B is then 32 KB, and C is read and written again once a block.
    private const int DepthBlock = 256;

    // Elements of B packed at once: 4 MB, what the last cache of most machines holds.
    private const int ColumnBlock = 4096;

    // Rows and columns of C in one chunk of work: about 50 us a block of depth.
    private const int RowsPerChunk = 96;
    private const int ColumnsPerChunk = 256;

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
    /// <param name="bias">Added to every row, [N]; null for none.</param>
    public static void Multiply(
        HostDevice host, int rows, int columns, int depth, HostMatrix a, HostMatrix b, float* c, long cStride,
        bool accumulate, float* bias = null)
    {
        if (rows == 0 || columns == 0)
        {
            return;
        }

        (int panelRows, int panelColumns) = PanelSizes(host);
        int blockDepth = Math.Min(depth, DepthBlock);
        int blockColumns = Math.Min(columns, ColumnBlock);
        long aFloats = (long)RoundUp(rows, panelRows) * blockDepth;
        long bFloats = (long)RoundUp(blockColumns, panelColumns) * blockDepth;
        float* workspace = host.Workspace(aFloats + bFloats);

        for (int k = 0; k < depth || k == 0; k += DepthBlock)
        {
            for (int j = 0; j < columns; j += ColumnBlock)
            {
                Block block = new(
                    rows, Math.Min(ColumnBlock, columns - j), Math.Min(DepthBlock, depth - k), panelRows, panelColumns,
                    workspace, workspace + aFloats);
                HostMatrix aBlock = a with { Data = (nint)a.At(0, k) };
                HostMatrix bBlock = b with { Data = (nint)b.At(k, j) };
                PackJob pack = new(block, aBlock, bBlock, packsA: j == 0);
                host.Team.Run(pack.ChunkCount, pack);

                bool isLast = k + DepthBlock >= depth;
                TileJob tiles = new(
                    block, c + j, cStride, accumulate || k > 0, isLast && bias is not null ? bias + j : null);
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

    private static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;

    /// <summary>One block of depth and columns, and where its panels are.</summary>
    private readonly struct Block(
        int rows, int columns, int depth, int panelRows, int panelColumns, float* aPanels, float* bPanels)
    {
        public readonly int Rows = rows;
        public readonly int Columns = columns;
        public readonly int Depth = depth;
        public readonly int PanelRows = panelRows;
        public readonly int PanelColumns = panelColumns;

        public int RowPanels => (Rows + PanelRows - 1) / PanelRows;

        public int ColumnPanels => (Columns + PanelColumns - 1) / PanelColumns;

        public float* APanel(int panel) => aPanels + (long)panel * PanelRows * Depth;

        public float* BPanel(int panel) => bPanels + (long)panel * PanelColumns * Depth;
    }

    private readonly struct PackJob(Block block, HostMatrix a, HostMatrix b, bool packsA) : IChunkJob
    {
        private const int FloatsPerChunk = 1 << 14;

        private Chunks AChunks => ChunksOf(packsA ? block.RowPanels : 0, block.PanelRows);

        private Chunks BChunks => ChunksOf(block.ColumnPanels, block.PanelColumns);

        public int ChunkCount => AChunks.Count + BChunks.Count;

        private Chunks ChunksOf(int panels, int width)
        {
            int perChunk = Math.Max(1, FloatsPerChunk / (width * Math.Max(1, block.Depth)));
            return new Chunks(panels, (panels + perChunk - 1) / perChunk);
        }

        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            Chunks aChunks = AChunks;
            if (chunk < aChunks.Count)
            {
                for (long panel = aChunks.Start(chunk); panel < aChunks.End(chunk); panel++)
                {
                    PackA<TLanes>((int)panel);
                }

                return;
            }

            Chunks bChunks = BChunks;
            chunk -= aChunks.Count;
            for (long panel = bChunks.Start(chunk); panel < bChunks.End(chunk); panel++)
            {
                PackB<TLanes>((int)panel);
            }
        }

        private void PackA<TLanes>(int panel) where TLanes : unmanaged, ILanes<TLanes>
        {
            int row = panel * block.PanelRows;
            int present = Math.Min(block.PanelRows, block.Rows - row);
            Pack<TLanes>(a.At(row, 0), a.Stride, a.Transposed, present, block.APanel(panel), block.PanelRows);
        }

        private void PackB<TLanes>(int panel) where TLanes : unmanaged, ILanes<TLanes>
        {
            int column = panel * block.PanelColumns;
            int present = Math.Min(block.PanelColumns, block.Columns - column);
            Pack<TLanes>(b.At(0, column), b.Stride, !b.Transposed, present, block.BPanel(panel), block.PanelColumns);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Pack<TLanes>(float* source, long stride, bool contiguous, int present, float* panel, int width)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            if (contiguous)
            {
                Packing.Contiguous<TLanes>(source, stride, present, block.Depth, panel, width);
            }
            else
            {
                Packing.Transposing<TLanes>(source, stride, present, block.Depth, panel, width);
            }
        }
    }

    private readonly struct TileJob(Block block, float* c, long cStride, bool accumulate, float* bias) : IChunkJob
    {
        private Chunks RowChunks => Cut(block.RowPanels, RowsPerChunk / block.PanelRows);

        private Chunks ColumnChunks => Cut(block.ColumnPanels, ColumnsPerChunk / block.PanelColumns);

        public int ChunkCount => RowChunks.Count * ColumnChunks.Count;

        private static Chunks Cut(int panels, int perChunk) => new(panels, (panels + perChunk - 1) / perChunk);

        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            Chunks rowChunks = RowChunks;
            Chunks columnChunks = ColumnChunks;
            int rowChunk = chunk / columnChunks.Count;
            int columnChunk = chunk % columnChunks.Count;
            int firstRow = (int)rowChunks.Start(rowChunk);
            int endRow = (int)rowChunks.End(rowChunk);
            int endColumn = (int)columnChunks.End(columnChunk);
            for (int column = (int)columnChunks.Start(columnChunk); column < endColumn; column++)
            {
                // A panel of B stays in the first cache while the panels of A pass.
                for (int row = firstRow; row < endRow; row++)
                {
                    Tile<TLanes>(row, column);
                }
            }
        }

        [SkipLocalsInit]
        private void Tile<TLanes>(int rowPanel, int columnPanel) where TLanes : unmanaged, ILanes<TLanes>
        {
            int row = rowPanel * block.PanelRows;
            int column = columnPanel * block.PanelColumns;
            int rows = Math.Min(block.PanelRows, block.Rows - row);
            int columns = Math.Min(block.PanelColumns, block.Columns - column);
            float* a = block.APanel(rowPanel);
            float* b = block.BPanel(columnPanel);
            float* target = c + row * cStride + column;
            if (columns == block.PanelColumns)
            {
                MicroKernel.Run<TLanes>(
                    rows, block.Depth, a, block.PanelRows, b, block.PanelColumns, target, cStride, accumulate);
            }
            else
            {
                // At the right edge a whole tile is computed aside and its valid part copied.
                float* whole = stackalloc float[MicroKernel.Rows<TLanes>() * MicroKernel.Columns<TLanes>()];
                MicroKernel.Run<TLanes>(
                    rows, block.Depth, a, block.PanelRows, b, block.PanelColumns, whole, block.PanelColumns, false);
                CopyPart(whole, target, rows, columns);
            }

            if (bias is not null)
            {
                AddBias<TLanes>(target, rows, columns, bias + column);
            }
        }

        private void CopyPart(float* whole, float* target, int rows, int columns)
        {
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    float value = whole[i * block.PanelColumns + j];
                    target[i * cStride + j] = accumulate ? target[i * cStride + j] + value : value;
                }
            }
        }

        private void AddBias<TLanes>(float* target, int rows, int columns, float* shift)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            for (int i = 0; i < rows; i++)
            {
                float* row = target + i * cStride;
                int j = 0;
                for (; j <= columns - TLanes.Count; j += TLanes.Count)
                {
                    (TLanes.Load(row + j) + TLanes.Load(shift + j)).Store(row + j);
                }

                for (; j < columns; j++)
                {
                    row[j] += shift[j];
                }
            }
        }
    }
}
