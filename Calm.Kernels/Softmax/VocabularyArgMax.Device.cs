using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>
/// Products and arg max in one kernel, so that no logit is ever in memory: each block of rows goes through ranges of the
/// vocabulary, and the ranges' winners meet in a second kernel, in the order of ids.
/// </content>
public static partial class VocabularyArgMax
{
    private readonly partial struct Forward
    {
        public void Run(IlgpuDevice gpu)
        {
            if (hidden.Rows == 0)
            {
                return;
            }

            gpu.CountProducts(2.0 * hidden.Rows * embedding.Rows * hidden.Columns);
            Winners winners = gpu.Family == KernelFamily.Direct ? FindDirect(gpu)
                : gpu.HasSmallGroups ? FindTiled<Side4>(gpu)
                : SideFor(gpu) == Side8.Size ? FindTiled<Side8>(gpu)
                : FindTiled<Side16>(gpu);
            gpu.LaunchItems(hidden.Rows, new ChooseKernel(
                winners.Logits.View(), winners.Ids.IntegerView(), ids.IntegerView(), winners.Logits.Rows,
                winners.Logits.Columns));
        }

        private int SideFor(IlgpuDevice gpu) => gpu.Limits.Threads < Side16.Size * Side16.Size
            ? Side8.Size
            : Tuning.Of(gpu).Choose(Side, SizeClass.Of(hidden.Rows, embedding.Rows, hidden.Columns), Side16.Size);
    }

    private static readonly Choice Side = new(ChoiceKinds.ArgMaxSide, Op);

    /// <summary>The id of the greatest of a row's winners; the first of equal ones, and 0 if there is none.</summary>
    /// <param name="logits">In, [ranges, columns].</param>
    /// <param name="winners">In, the same shape: ids, ascending with the range.</param>
    /// <param name="ids">Out, [R], R at most columns.</param>
    /// <param name="ranges">Number of ranges.</param>
    /// <param name="columns">Rows of hidden, rounded up.</param>
    /// <remarks>Launch: one thread a row, any group size. Bound by latency.</remarks>
    internal readonly struct ChooseKernel(
        ArrayView<float> logits, ArrayView<int> winners, ArrayView<int> ids, int ranges, int columns) : IKernel
    {
        public void Run()
        {
            int row = Grid.GlobalIndex.X;
            if (row < ids.IntLength)
            {
                float best = float.NegativeInfinity;
                int id = 0;
                for (int range = 0; range < ranges; range++)
                {
                    long at = (long)range * columns + row;
                    if (logits[at] > best)
                    {
                        best = logits[at];
                        id = winners[at];
                    }
                }

                ids[row] = id;
            }
        }
    }

    /// <summary>The winner of each row in each range of the vocabulary.</summary>
    /// <param name="Logits">[ranges, rows rounded up]; minus infinity where there is none.</param>
    /// <param name="Ids">The same shape, integers.</param>
    private readonly record struct Winners(Tensor Logits, Tensor Ids)
    {
        public static Winners Rent(Tape tape, int ranges, int columns) => new(
            tape.Rent(new Shape(ranges, columns), Op), tape.Rent(new Shape(ranges, columns), Op, ElementType.Int32));
    }
}
