using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>
/// The kernels of CPUs. Sixteen rows of hidden lie side by side in a panel and are a register's lanes, so that the rows of the
/// embedding are read where they are and every lane looks for its own winner: nothing is ever summed across lanes.
/// </content>
public static partial class VocabularyArgMax
{
    // A range of the embedding that stays in the second cache while all panels go through it.
    private const int UsualIds = 256;

    private static readonly Choice Ids = new(ChoiceKinds.ArgMaxIds, Op);

    private readonly partial struct Forward
    {
        private Winners FindDirect(IlgpuDevice gpu)
        {
            int width = hidden.Columns;
            int panels = (hidden.Rows + Lanes16.Count - 1) / Lanes16.Count;
            int idsPerRange =
                Tuning.Of(gpu).Choose(Ids, SizeClass.Of(hidden.Rows, embedding.Rows, width), UsualIds);
            int ranges = (embedding.Rows + idsPerRange - 1) / idsPerRange;
            Tensor packed = tape.Rent(new Shape(panels, width, Lanes16.Count), Op);
            Winners winners = Winners.Rent(tape, ranges, panels * Lanes16.Count);
            gpu.Launch(new KernelConfig(panels, 1), new PackKernel(hidden.View(), packed.View(), hidden.Rows, width));
            gpu.Launch(
                new KernelConfig(new Index2D(panels, ranges), new Index2D(1, 1)),
                new FindDirectKernel(
                    packed.View(), embedding.View(), winners.Logits.View(), winners.Ids.IntegerView().Cast<float>(),
                    embedding.Rows, width, idsPerRange));
            return winners;
        }
    }

    /// <summary>packed[p, k, lane] = hidden[16 p + lane, k]; the last row again for rows beyond it.</summary>
    /// <param name="hidden">In, [R, d].</param>
    /// <param name="packed">Out, [panels, d, 16].</param>
    /// <param name="rows">R.</param>
    /// <param name="width">d.</param>
    /// <remarks>Launch: one work item a panel. Bound by bandwidth: reads and writes R d floats.</remarks>
    internal readonly struct PackKernel(ArrayView<float> hidden, ArrayView<float> packed, int rows, int width) : IKernel
    {
        public void Run()
        {
            long panel = (long)Grid.IdxX * width * Lanes16.Count;
            for (int lane = 0; lane < Lanes16.Count; lane++)
            {
                long row = (long)IntrinsicMath.Min(rows - 1, Grid.IdxX * Lanes16.Count + lane) * width;
                for (int k = 0; k < width; k++)
                {
                    packed[panel + (long)k * Lanes16.Count + lane] = hidden[row + k];
                }
            }
        }
    }

    /// <summary>The greatest logit of each lane of a panel within a range of ids, and the first id that has it.</summary>
    /// <param name="packed">In, [panels, d, 16].</param>
    /// <param name="embedding">In, [V, d].</param>
    /// <param name="logits">Out, [ranges, panels * 16].</param>
    /// <param name="ids">Out, the same shape: the bits of integers.</param>
    /// <param name="vocabulary">V.</param>
    /// <param name="width">d.</param>
    /// <param name="idsPerRange">Ids of a range.</param>
    /// <remarks>
    /// Launch: one work item for a panel (x) and a range (y). Bound by arithmetic: eight products of a number and sixteen
    /// lanes for each d. Numerics: fused, in the order of d; a NaN is never greater and so never wins.
    /// Definition: VocabularyArgMax.Reference.
    /// </remarks>
    internal readonly struct FindDirectKernel(
        ArrayView<float> packed, ArrayView<float> embedding, ArrayView<float> logits, ArrayView<float> ids,
        int vocabulary, int width, int idsPerRange) : IKernel
    {
        public void Run()
        {
            int start = Grid.IdxY * idsPerRange;
            int last = IntrinsicMath.Min(vocabulary, start + idsPerRange) - 1;
            LaneWinner winner = new(Lanes16.Broadcast(float.NegativeInfinity), Lanes16.BroadcastBits(0));
            for (int id = start; id <= last; id += 8)
            {
                // Ids beyond the range repeat its last, which can win only once.
                long e0 = (long)id * width;
                long e1 = (long)IntrinsicMath.Min(last, id + 1) * width;
                long e2 = (long)IntrinsicMath.Min(last, id + 2) * width;
                long e3 = (long)IntrinsicMath.Min(last, id + 3) * width;
                long e4 = (long)IntrinsicMath.Min(last, id + 4) * width;
                long e5 = (long)IntrinsicMath.Min(last, id + 5) * width;
                long e6 = (long)IntrinsicMath.Min(last, id + 6) * width;
                long e7 = (long)IntrinsicMath.Min(last, id + 7) * width;
                Lanes16 s0 = Lanes16.Broadcast(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
                long at = (long)Grid.IdxX * width * Lanes16.Count;
                for (int k = 0; k < width; k++)
                {
                    Lanes16 x = Lanes16.Load(packed, at);
                    s0 = Lanes16.FusedMultiplyAdd(Lanes16.Broadcast(embedding[e0 + k]), x, s0);
                    s1 = Lanes16.FusedMultiplyAdd(Lanes16.Broadcast(embedding[e1 + k]), x, s1);
                    s2 = Lanes16.FusedMultiplyAdd(Lanes16.Broadcast(embedding[e2 + k]), x, s2);
                    s3 = Lanes16.FusedMultiplyAdd(Lanes16.Broadcast(embedding[e3 + k]), x, s3);
                    s4 = Lanes16.FusedMultiplyAdd(Lanes16.Broadcast(embedding[e4 + k]), x, s4);
                    s5 = Lanes16.FusedMultiplyAdd(Lanes16.Broadcast(embedding[e5 + k]), x, s5);
                    s6 = Lanes16.FusedMultiplyAdd(Lanes16.Broadcast(embedding[e6 + k]), x, s6);
                    s7 = Lanes16.FusedMultiplyAdd(Lanes16.Broadcast(embedding[e7 + k]), x, s7);
                    at += Lanes16.Count;
                }

                winner = winner.Or(s0, id).Or(s1, id + 1).Or(s2, id + 2).Or(s3, id + 3);
                winner = winner.Or(s4, id + 4).Or(s5, id + 5).Or(s6, id + 6).Or(s7, id + 7);
            }

            long target = ((long)Grid.IdxY * Grid.DimX + Grid.IdxX) * Lanes16.Count;
            Lanes16.Store(winner.Logits, logits, target);
            Lanes16.Store(winner.Ids, ids, target);
        }
    }

    /// <summary>The winner of each lane so far; ids are integer bits.</summary>
    private readonly struct LaneWinner(Lanes16 logits, Lanes16 ids)
    {
        public readonly Lanes16 Logits = logits;
        public readonly Lanes16 Ids = ids;

        /// <summary>The winner among these and the logits of a further id.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public LaneWinner Or(Lanes16 others, int id)
        {
            Lanes16 isGreater = Lanes16.GreaterThan(others, Logits);
            return new LaneWinner(
                Lanes16.Select(isGreater, others, Logits), Lanes16.Select(isGreater, Lanes16.BroadcastBits((uint)id), Ids));
        }
    }
}
