using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel: one thread a column of a block of rows, then <see cref="SlotSum"/>.</content>
internal static unsafe partial class ColumnSum
{
    private const int RowsPerSlot = 64;

    /// <summary>Adds the rows of x on its device.</summary>
    /// <param name="tape">Where slots are rented.</param>
    /// <param name="x">In, [R, C].</param>
    /// <param name="target">Out, [C].</param>
    public static void RunOnDevice(Tape tape, Tensor x, GradientTarget target)
    {
        IlgpuDevice gpu = x.Gpu();
        Tensor slots = tape.Rent(new Shape((x.Rows + RowsPerSlot - 1) / RowsPerSlot, x.Columns), nameof(ColumnSum));
        gpu.Kernel<ArrayView<float>, ArrayView<float>, int, int>(ColumnSumKernel)(
            gpu.Queue, Launch.Items(gpu, slots.Count), x.View(), slots.View(), x.Rows, x.Columns);
        SlotSum.RunOnDevice(gpu, slots, target);
    }

    /// <summary>slots[s, c] = sum of x[r, c] over the rows r of block s.</summary>
    /// <param name="x">In, [R, C].</param>
    /// <param name="slots">Out, [R / RowsPerSlot rounded up, C].</param>
    /// <param name="rows">R.</param>
    /// <param name="columns">C.</param>
    /// <remarks>Launch: one thread an element of slots, any group size. Bound by bandwidth: reads R C floats.</remarks>
    private static void ColumnSumKernel(ArrayView<float> x, ArrayView<float> slots, int rows, int columns)
    {
        int element = Grid.GlobalIndex.X;
        if (element < slots.IntLength)
        {
            int slot = element / columns;
            int c = element - slot * columns;
            int end = IntrinsicMath.Min(rows, (slot + 1) * RowsPerSlot);
            float sum = 0;
            for (int row = slot * RowsPerSlot; row < end; row++)
            {
                sum += x[(long)row * columns + c];
            }

            slots[element] = sum;
        }
    }
}
