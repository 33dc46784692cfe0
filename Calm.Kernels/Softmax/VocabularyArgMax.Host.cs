using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// The host's loop over tiles of logits. The tiles of a row come in the order of ids and a later one must be greater to
/// win, whatever the number of threads.
/// </content>
public static unsafe partial class VocabularyArgMax
{
    // 2 MB of logits, which stay in cache until they have been looked at.
    private const int LogitsPerTile = 1 << 19;
    private const int RowsPerTile = 512;

    private readonly partial struct Forward
    {
        public void Run(HostDevice host)
        {
            if (screen is not null)
            {
                RunScreened(host, screen);
            }
            else
            {
                RunOnAll(host);
            }
        }

        private void RunOnAll(HostDevice host)
        {
            int vocabulary = embedding.Rows;
            int width = embedding.Columns;
            int tileRows = Math.Clamp(hidden.Rows, 1, RowsPerTile);
            int tileColumns = Math.Min(vocabulary, LogitsPerTile / tileRows);
            Tensor logits = tape.Rent(new Shape(tileRows, tileColumns), Op);
            Tensor best = tape.Rent(new Shape(hidden.Rows), Op);
            best.Span.Fill(float.NegativeInfinity);
            ids.IntegerSpan.Clear();
            for (int row = 0; row < hidden.Rows; row += tileRows)
            {
                int rows = Math.Min(tileRows, hidden.Rows - row);
                HostMatrix a = new((nint)(hidden.Pointer + (long)row * width), width, Transposed: false);
                for (int id = 0; id < vocabulary; id += tileColumns)
                {
                    int columns = Math.Min(tileColumns, vocabulary - id);
                    Tensor part = embedding.Slice((long)id * width, new Shape(columns, width));
                    HostGemm.MultiplyByWeight(
                        host, tape, rows, a, part, width, logits.Pointer, default,
                        Precision.Float32); // a token is chosen, not approximated
                    Chunks chunks = Chunks.Of(rows, columns);
                    host.Team.Run(chunks.Count, new BestJob(
                        logits.Pointer, columns, id, best.Pointer + row, ids.IntegerPointer + row, chunks));
                }
            }
        }
    }

    private readonly struct BestJob(float* logits, int columns, int firstId, float* best, int* ids, Chunks rows)
        : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                float* x = logits + row * columns;
                float max = SoftmaxRow.Max<TLanes>(x, columns);
                if (max > best[row])
                {
                    best[row] = max;
                    ids[row] = firstId + new ReadOnlySpan<float>(x, columns).IndexOf(max);
                }
            }
        }
    }
}
