using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// The host's loops. The gradient is cut by columns: every chunk goes through all rows in order, so that rows with one id
/// add up in one order and no two chunks touch the same number, however often an id occurs.
/// </content>
public static unsafe partial class Embedding
{
    private const int ColumnsPerChunk = 32;

    private readonly partial struct Forward
    {
        public void Run(HostDevice host)
        {
            Chunks rows = Chunks.Of(ids.Count, table.Columns);
            host.Team.Run(
                rows.Count, new GatherJob(ids.IntegerPointer, table.Pointer, y.Pointer, table.Rows, table.Columns, rows));
        }
    }

    private readonly partial struct Backward
    {
        public void Run(HostDevice host)
        {
            Tensor table = dTable.Tensor;
            int chunks = (table.Columns + ColumnsPerChunk - 1) / ColumnsPerChunk;
            host.Team.Run(chunks, new ScatterJob(
                ids.IntegerPointer, (int)ids.Count, paddingId, dy.Pointer, table.Pointer, dTable.Accumulate, table.Rows,
                table.Columns));
        }
    }

    private readonly struct GatherJob(int* ids, float* table, float* y, int tableRows, int columns, Chunks rows) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                if ((uint)ids[row] >= (uint)tableRows)
                {
                    throw new ArgumentException($"{Op}: id {ids[row]} at place {row}, the table has {tableRows} rows.");
                }

                long bytes = (long)columns * sizeof(float);
                Buffer.MemoryCopy(table + (long)ids[row] * columns, y + row * columns, bytes, bytes);
            }
        }
    }

    private readonly struct ScatterJob(
        int* ids, int idCount, int paddingId, float* dy, float* dTable, bool accumulate, int tableRows, int columns)
        : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int start = chunk * ColumnsPerChunk;
            int end = Math.Min(columns, start + ColumnsPerChunk);
            if (!accumulate)
            {
                for (long row = 0; row < tableRows; row++)
                {
                    new Span<float>(dTable + row * columns + start, end - start).Clear();
                }
            }

            int whole = start + RowMath.WholeRegisters<TLanes>(end - start);
            for (long i = 0; i < idCount; i++)
            {
                if (ids[i] != paddingId)
                {
                    Add<TLanes>(i, start, whole);
                    Add<Lanes1>(i, whole, end);
                }
            }
        }

        private void Add<TLanes>(long i, int start, int end) where TLanes : unmanaged, ILanes<TLanes>
        {
            float* target = dTable + (long)ids[i] * columns;
            float* source = dy + i * columns;
            for (int c = start; c < end; c += TLanes.Count)
            {
                (TLanes.Load(target + c) + TLanes.Load(source + c)).Store(target + c);
            }
        }
    }
}
