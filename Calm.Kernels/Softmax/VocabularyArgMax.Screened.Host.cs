using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// The host's arg max by way of a <see cref="VocabularyScreen"/>: integers tell which ids may win, and only their logits are
/// computed, in the order of additions of <see cref="HostGemm"/>, so that equal bits and ties decide as without it.
/// </content>
public static unsafe partial class VocabularyArgMax
{
    // 1024 ids: a range begins without knowing a great sum, and notes ids in vain until it has met one.
    private const int PanelsPerRange = 32;

    private readonly partial struct Forward
    {
        private void RunScreened(HostDevice host, VocabularyScreen screen)
        {
            if (!screen.IsOf(embedding))
            {
                throw new ArgumentException($"{Op}: screen was made of another table than embedding {embedding.Shape}.");
            }

            int rows = hidden.Rows;
            ScreenPanels table = screen.Panels;
            int panels = (rows + ScreenKernel.Rows - 1) / ScreenKernel.Rows;
            Tensor packed = tape.Rent(new Shape(panels, table.Pairs * ScreenKernel.Rows), Op, ElementType.Int32);
            packed.Clear();
            long[] tolerances = new long[rows];
            Chunks ranges = new(table.Count, Math.Max(1, table.Count / PanelsPerRange));
            ScreenedIds[] found = new ScreenedIds[(long)ranges.Count * rows];
            host.CountOther((double)ranges.Items * ScreenPanels.Ids * rows * hidden.Columns * 2);
            fixed (long* tolerance = tolerances)
            fixed (ScreenedIds* first = found)
            {
                Chunks rounding = Chunks.Of(rows, hidden.Columns * 4L);
                host.Team.Run(rounding.Count, new RoundJob(hidden.Pointer, table, packed.IntegerPointer, tolerance, rounding));
                host.Team.Run(ranges.Count, new ScreenJob(table, packed.IntegerPointer, rows, tolerance, first, ranges));
                Chunks settling = Chunks.Of(rows, hidden.Columns * 8L);
                host.Team.Run(settling.Count, new SettleJob(
                    hidden.Pointer, table, first, ranges.Count, rows, ids.IntegerPointer, settling));
            }

            RunOnUnsettled();
        }

        /// <summary>The rows that were not screened, by all their logits.</summary>
        private void RunOnUnsettled()
        {
            Tensor found = ids;
            int[] rows = [.. Enumerable.Range(0, hidden.Rows).Where(row => found.IntegerSpan[row] < 0)];
            if (rows.Length > 0)
            {
                Tensor left = tape.FromIntegers(rows, new Shape(rows.Length));
                Tensor settled = Apply(tape, Embedding.Apply(tape, left, hidden), embedding);
                for (int i = 0; i < rows.Length; i++)
                {
                    ids.IntegerSpan[rows[i]] = settled.IntegerSpan[i];
                }
            }
        }
    }

    /// <summary>Rounds rows into panels of twelve.</summary>
    private readonly struct RoundJob(float* hidden, ScreenPanels table, int* packed, long* tolerances, Chunks rows)
        : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int width = table.Width;
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                (long panel, long place) = Math.DivRem(row, ScreenKernel.Rows);
                int* target = packed + panel * table.Pairs * ScreenKernel.Rows + place;
                tolerances[row] = table.Tolerance(ScreenedRow.RoundTo(
                    table.Largest, hidden + row * width, width, (short*)target, ScreenKernel.Rows));
            }
        }
    }

    /// <summary>Finds the ids of each row that may win within a range of the vocabulary.</summary>
    private readonly struct ScreenJob(
        ScreenPanels table, int* packed, int rows, long* tolerances, ScreenedIds* found, Chunks ranges) : IChunkJob
    {
        [SkipLocalsInit]
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            ScreenedIds* mine = found + (long)chunk * rows;
            for (int row = 0; row < rows; row++)
            {
                mine[row].Begin(tolerances[row]);
            }

            int* tile = stackalloc int[ScreenKernel.Rows * ScreenPanels.Ids];
            for (long panel = ranges.Start(chunk); panel < ranges.End(chunk); panel++)
            {
                int id = (int)panel * ScreenPanels.Ids;
                int ids = Math.Min(ScreenPanels.Ids, table.Vocabulary - id);
                for (int row = 0; row < rows; row += ScreenKernel.Rows)
                {
                    ScreenKernel.Run(table.Pairs, packed + (long)row * table.Pairs, table.Panel(panel), tile);
                    for (int i = 0; i < ScreenKernel.Rows && row + i < rows; i++)
                    {
                        mine[row + i].Add(tile + i * ScreenPanels.Ids, id, ids);
                    }
                }
            }
        }
    }

    /// <summary>Compares the logits of the ids that are left: in their order, a later one must be greater.</summary>
    private readonly struct SettleJob(
        float* hidden, ScreenPanels table, ScreenedIds* found, int ranges, int allRows, int* ids, Chunks rows) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            for (long row = rows.Start(chunk); row < rows.End(chunk); row++)
            {
                ids[row] = Winner(row);
            }
        }

        private int Winner(long row)
        {
            int max = int.MinValue;
            for (int range = 0; range < ranges; range++)
            {
                ScreenedIds* part = found + (long)range * allRows + row;
                if (part->Count < 0)
                {
                    return -1;
                }

                max = Math.Max(max, part->Max);
            }

            (int winner, float best) = (0, float.NegativeInfinity);
            for (int range = 0; range < ranges; range++)
            {
                ScreenedIds* part = found + (long)range * allRows + row;
                for (int place = 0; place < part->Count; place++)
                {
                    int id = part->Id(place, max);
                    float logit = id < 0 ? float.NaN : Logit(row, id);
                    (winner, best) = logit > best ? (id, logit) : (winner, best);
                }
            }

            return winner;
        }

        /// <summary>The element of the product, to the bit.</summary>
        private float Logit(long row, int id)
        {
            int width = table.Width;
            float* x = hidden + row * width;
            float* y = table.Row(id);
            Lanes1 logit = Lanes1.Broadcast(0);
            for (int start = 0; start < width; start += HostGemm.DepthBlock)
            {
                Lanes1 block = Lanes1.Broadcast(0);
                for (int k = start; k < Math.Min(width, start + HostGemm.DepthBlock); k++)
                {
                    Lanes1.AddProduct(ref block, Lanes1.Load(x + k), Lanes1.Load(y + k));
                }

                logit = start == 0 ? block : logit + block;
            }

            return Lanes1.Sum(logit);
        }
    }
}
