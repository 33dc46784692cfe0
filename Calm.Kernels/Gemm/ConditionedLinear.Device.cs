using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel: one thread for neighbouring columns of a position.</content>
public static partial class ConditionedLinear
{
    private static readonly ColumnChoice Columns = new(nameof(DrawSum));

    private readonly partial struct DrawSum : IColumnLaunch
    {
        public void Run(IlgpuDevice gpu) => Columns.Run(gpu, dy.Rows, dy.Columns, this);

        public void Run<TLanes>(IlgpuDevice gpu) where TLanes : unmanaged, IKernelLanes<TLanes> => gpu.LaunchItems(
            (long)sums.Rows * KernelLanes.CountFor<TLanes>(sums.Columns),
            new DrawSumKernel<TLanes>(dy.View(), sums.View(), sums.Rows, draws, sums.Columns));
    }

    /// <summary>sums[m, c] = sum over s of dy[m S + s, c].</summary>
    /// <param name="dy">In, [M * S, C].</param>
    /// <param name="sums">Out, [M, C].</param>
    /// <param name="positions">M.</param>
    /// <param name="draws">S.</param>
    /// <param name="columns">C.</param>
    /// <remarks>Launch: one thread a vector of sums, any group size. Bound by bandwidth: reads M S C floats.</remarks>
    internal readonly struct DrawSumKernel<TLanes>(
        ArrayView<float> dy, ArrayView<float> sums, int positions, int draws, int columns) : IKernel
        where TLanes : unmanaged, IKernelLanes<TLanes>
    {
        public void Run()
        {
            int lanes = KernelLanes.CountFor<TLanes>(columns);
            int position = Grid.GlobalIndex.X / lanes;
            int c = (Grid.GlobalIndex.X - position * lanes) * TLanes.Count;
            if (position < positions)
            {
                long at = (long)position * draws * columns + c;
                TLanes sum = KernelLanes.Load<TLanes>(dy, at, columns - c);
                for (int draw = 1; draw < draws; draw++)
                {
                    at += columns;
                    sum += KernelLanes.Load<TLanes>(dy, at, columns - c);
                }

                KernelLanes.Store(sum, sums, (long)position * columns + c, columns - c);
            }
        }
    }
}
