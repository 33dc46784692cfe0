using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel: one thread for neighbouring columns of a block of rows, then <see cref="SlotSum"/>.</content>
internal static partial class ColumnSum
{
    private const int RowsPerSlot = 64;

    private static readonly ColumnChoice Columns = new(nameof(ColumnSum));

    private readonly partial struct Sum
    {
        public void Run(IlgpuDevice gpu)
        {
            Tensor slots = tape.Rent(new Shape((x.Rows + RowsPerSlot - 1) / RowsPerSlot, x.Columns), nameof(ColumnSum));
            Columns.Run(gpu, x.Rows, x.Columns, new BlockSums(x, slots));
            SlotSum.Run(gpu, slots, target);
        }
    }

    private readonly struct BlockSums(Tensor x, Tensor slots) : IColumnLaunch
    {
        public void Run<TLanes>(IlgpuDevice gpu) where TLanes : unmanaged, IKernelLanes<TLanes> => gpu.LaunchItems(
            (long)slots.Rows * KernelLanes.CountFor<TLanes>(x.Columns),
            new ColumnSumKernel<TLanes>(x.View(), slots.View(), x.Rows, x.Columns));
    }

    /// <summary>slots[s, c] = sum of x[r, c] over the rows r of block s.</summary>
    /// <param name="x">In, [R, C].</param>
    /// <param name="slots">Out, [R / RowsPerSlot rounded up, C].</param>
    /// <param name="rows">R.</param>
    /// <param name="columns">C.</param>
    /// <remarks>
    /// Launch: one thread a vector of slots, any group size. Bound by bandwidth: reads R C floats.
    /// </remarks>
    internal readonly struct ColumnSumKernel<TLanes>(
        ArrayView<float> x, ArrayView<float> slots, int rows, int columns) : IKernel
        where TLanes : unmanaged, IKernelLanes<TLanes>
    {
        public void Run()
        {
            int lanes = KernelLanes.CountFor<TLanes>(columns);
            int slot = Grid.GlobalIndex.X / lanes;
            int c = (Grid.GlobalIndex.X - slot * lanes) * TLanes.Count;
            int start = slot * RowsPerSlot;
            int end = IntrinsicMath.Min(rows, start + RowsPerSlot);
            if (start < end)
            {
                TLanes sum = default;
                for (int row = start; row < end; row++)
                {
                    sum += KernelLanes.Load<TLanes>(x, (long)row * columns + c, columns - c);
                }

                KernelLanes.Store(sum, slots, (long)slot * columns + c, columns - c);
            }
        }
    }
}
