using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel: one thread a few columns of a block of rows, then <see cref="SlotSum"/>.</content>
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
        if (gpu.Family == KernelFamily.Direct)
        {
            SumBlocks<Twice<Twice<Float4>>>(gpu, x, slots);
        }
        else
        {
            SumBlocks<Float1>(gpu, x, slots);
        }

        SlotSum.RunOnDevice(gpu, slots, target);
    }

    private static void SumBlocks<TVector>(IlgpuDevice gpu, Tensor x, Tensor slots)
        where TVector : unmanaged, IKernelVector<TVector> =>
        gpu.Kernel<ArrayView<float>, ArrayView<float>, int, int>(ColumnSumKernel<TVector>)(
            gpu.Queue, Launch.Items(gpu, (long)slots.Rows * KernelVector.CountFor<TVector>(x.Columns)), x.View(),
            slots.View(), x.Rows, x.Columns);

    /// <summary>slots[s, c] = sum of x[r, c] over the rows r of block s.</summary>
    /// <param name="x">In, [R, C].</param>
    /// <param name="slots">Out, [R / RowsPerSlot rounded up, C].</param>
    /// <param name="rows">R.</param>
    /// <param name="columns">C.</param>
    /// <remarks>
    /// Launch: one thread a vector of slots, any group size. Bound by bandwidth: reads R C floats.
    /// </remarks>
    private static void ColumnSumKernel<TVector>(
        ArrayView<float> x, ArrayView<float> slots, int rows, int columns)
        where TVector : unmanaged, IKernelVector<TVector>
    {
        int vectors = KernelVector.CountFor<TVector>(columns);
        int slot = Grid.GlobalIndex.X / vectors;
        int c = (Grid.GlobalIndex.X - slot * vectors) * TVector.Count;
        int start = slot * RowsPerSlot;
        int end = IntrinsicMath.Min(rows, start + RowsPerSlot);
        if (start < end)
        {
            TVector sum = default;
            for (int row = start; row < end; row++)
            {
                sum = TVector.Add(sum, KernelVector.Load<TVector>(x, (long)row * columns + c, columns - c));
            }

            KernelVector.Store(sum, slots, (long)slot * columns + c, columns - c);
        }
    }
}
