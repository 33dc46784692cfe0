using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The two jobs of a product, whose chunks any thread may take.</content>
internal static unsafe partial class HostGemm
{
    /// <summary>Packs some columns of B.</summary>
    private readonly struct PackJob(Packing source, PackedBlocks panels) : IChunkJob
    {
        private int ChunksPerBlock => source.ChunksOf(panels.Block(0)).Count;

        public int ChunkCount => panels.Count * ChunksPerBlock;

        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int block = chunk / ChunksPerBlock;
            PackedOperand target = panels.Block(block);
            Chunks chunks = new(source.Items(target), ChunksPerBlock);
            source.From(block * DepthBlock).Run<TLanes>(
                target, chunks.Start(chunk % ChunksPerBlock), chunks.End(chunk % ChunksPerBlock));
        }
    }

    /// <summary>Computes some rows of C, one block of depth after the other. What of A is not read in place is packed.</summary>
    private readonly struct RowJob(
        Packing a, int rows, int panelRows, PackedBlocks b, ProductTiles tiles, float* workspace, long workspaceFloats)
        : IChunkJob
    {
        private Chunks RowChunks => new(
            (rows + panelRows - 1) / panelRows, (rows + RowsPerChunk - 1) / RowsPerChunk);

        private Chunks ColumnChunks
        {
            get
            {
                int wanted = (EnoughChunks + RowChunks.Count - 1) / RowChunks.Count;
                int most = Math.Max(1, b.Panels * b.Width / LeastColumnsPerChunk);
                return new Chunks(b.Panels, Math.Min(wanted, most));
            }
        }

        public int ChunkCount => RowChunks.Count * ColumnChunks.Count;

        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            Chunks columnChunks = ColumnChunks;
            int rowChunk = chunk / columnChunks.Count;
            int columnChunk = chunk % columnChunks.Count;
            int row = (int)RowChunks.Start(rowChunk) * panelRows;
            int end = Math.Min(rows, (int)RowChunks.End(rowChunk) * panelRows);
            int firstColumn = (int)columnChunks.Start(columnChunk);
            int endColumn = (int)columnChunks.End(columnChunk);
            int inPlace = a.RowsInPlace(end - row, panelRows);
            int firstPacked = row + inPlace;
            for (int block = 0; block < b.Count; block++)
            {
                PackedOperand columns = b.Block(block);
                Packing source = a.From(block * DepthBlock);
                bool isFirst = block == 0;
                bool isLast = block == b.Count - 1;
                if (inPlace > 0)
                {
                    RowPanels panels = new(source.From(0, row), inPlace, panelRows, columns.Depth);
                    Compute<TLanes>(panels, columns, tiles.Block(row, isFirst, isLast), firstColumn, endColumn);
                }

                if (firstPacked < end)
                {
                    RowPanels panels = Pack<TLanes>(source.From(0, firstPacked), end - firstPacked, columns.Depth);
                    Compute<TLanes>(panels, columns, tiles.Block(firstPacked, isFirst, isLast), firstColumn, endColumn);
                }
            }
        }

        private RowPanels Pack<TLanes>(Packing source, int present, int depth) where TLanes : unmanaged, ILanes<TLanes>
        {
            PackedOperand packed = new(workspace + ThreadTeam.ThreadIndex * workspaceFloats, present, panelRows, depth);
            source.Run<TLanes>(packed, 0, source.Items(packed));
            return new RowPanels(packed);
        }

        private static void Compute<TLanes>(
            RowPanels a, PackedOperand b, ProductTiles tiles, int firstColumn, int endColumn)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            for (int column = firstColumn; column < endColumn; column++)
            {
                // A panel of B stays in the first cache while the panels of A pass.
                for (int row = 0; row < a.Count; row++)
                {
                    tiles.Compute<TLanes>(a, row, b, column);
                }
            }
        }
    }
}
