using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernels: one team a row, and for dWeight one thread a column of a block of rows.</content>
public static partial class RmsNorm
{
    private const int RowsPerSlot = 64;

    private readonly partial struct Forward : IElementsWork
    {
        public void Run(IlgpuDevice gpu) => gpu.RunFor(y.ElementType, this);

        public void Run<TElements>(IlgpuDevice gpu) where TElements : struct, IElements<TElements> => gpu.LaunchRows(
            x.Rows, new ForwardKernel<TElements>(
                x.View(), weight.View(), TElements.Of(y), rstd.View(), x.Columns, epsilon));
    }

    private readonly partial struct Backward
    {
        public void Run(IlgpuDevice gpu)
        {
            if (dx is { } target)
            {
                gpu.LaunchRows(x.Rows, new BackwardKernel(
                    x.View(), weight.View(), rstd.View(), dy.View(), target.Tensor.View(), x.Columns,
                    target.Accumulate ? 1 : 0));
            }

            if (dWeight is { } sum)
            {
                int slotCount = (x.Rows + RowsPerSlot - 1) / RowsPerSlot;
                Tensor slots = tape.Rent(new Shape(slotCount, x.Columns), Op);
                if (gpu.Family == KernelFamily.Direct)
                {
                    gpu.Launch(
                        new KernelConfig(slotCount, 1),
                        new BackwardWeightDirectKernel(x.View(), rstd.View(), dy.View(), slots.View(), x.Rows, x.Columns));
                }
                else
                {
                    gpu.LaunchItems(
                        slots.Count,
                        new BackwardWeightKernel(x.View(), rstd.View(), dy.View(), slots.View(), x.Rows, x.Columns));
                }

                SlotSum.Run(gpu, slots, sum);
            }
        }
    }

    /// <summary>Root-mean-square norm of each row: y[r,c] = weight[c] * x[r,c] / sqrt(mean_c(x[r,c]^2) + epsilon).</summary>
    /// <param name="x">In, [R, C], row-major, dense.</param>
    /// <param name="weight">In, [C].</param>
    /// <param name="y">Out, [R, C]. May alias x.</param>
    /// <param name="rstd">Out, [R]: kept for backward.</param>
    /// <param name="columns">C.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <remarks>
    /// Launch: R teams. Shared memory: the team's. Bound by bandwidth: reads 2 R C + C floats, writes
    /// R C + R. Numerics: float accumulation in a fixed order; a NaN makes its row NaN.
    /// Definition: RmsNorm.Reference.
    /// </remarks>
    internal readonly struct ForwardKernel<TElements>(
        ArrayView<float> x, ArrayView<float> weight, TElements y, ArrayView<float> rstd, int columns, float epsilon)
        : IRowKernel
        where TElements : struct, IElements<TElements>
    {
        public void Run<TTeam>() where TTeam : struct, IRowTeam
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(TTeam.SharedSize);
            long row = (long)Grid.IdxX * columns;
            float meanSquare = TTeam.Sum(new Square(x, row), columns, shared) / columns;
            float scale = 1 / MathF.Sqrt(meanSquare + epsilon);
            TTeam.Run(new Scaled<TElements>(x, row, scale, weight, y), columns);
            if (Group.IdxX == 0)
            {
                rstd[Grid.IdxX] = scale;
            }
        }
    }

    /// <summary>dx (+)= rstd * g - x * rstd^3 * mean(g * x) with g = dy * weight, for each row.</summary>
    /// <param name="x">In, [R, C].</param>
    /// <param name="weight">In, [C].</param>
    /// <param name="rstd">In, [R], from the forward kernel.</param>
    /// <param name="dy">In, [R, C].</param>
    /// <param name="dx">In and out, [R, C]. May alias dy.</param>
    /// <param name="columns">C.</param>
    /// <param name="accumulate">1 to add to dx, 0 to overwrite it.</param>
    /// <remarks>Launch: R teams. Bound by bandwidth: reads 4 R C floats, writes R C.</remarks>
    internal readonly struct BackwardKernel(
        ArrayView<float> x, ArrayView<float> weight, ArrayView<float> rstd, ArrayView<float> dy, ArrayView<float> dx,
        int columns, int accumulate) : IRowKernel
    {
        public void Run<TTeam>() where TTeam : struct, IRowTeam
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(TTeam.SharedSize);
            long row = (long)Grid.IdxX * columns;
            float scale = rstd[Grid.IdxX];
            float dot = TTeam.Sum(new Product(dy, weight, x, row), columns, shared);
            float correction = -scale * scale * scale * dot / columns;
            TTeam.Run(new Gradient(x, weight, dy, row, scale, correction, dx, accumulate), columns);
        }
    }

    /// <summary>slots[s, c] = sum of dy[r, c] * x[r, c] * rstd[r] over the rows r of block s.</summary>
    /// <param name="x">In, [R, C].</param>
    /// <param name="rstd">In, [R].</param>
    /// <param name="dy">In, [R, C].</param>
    /// <param name="slots">Out, [R / RowsPerSlot rounded up, C].</param>
    /// <param name="rows">R.</param>
    /// <param name="columns">C.</param>
    /// <remarks>Launch: one thread an element of slots, any group size. Bound by bandwidth: reads 2 R C floats.</remarks>
    internal readonly struct BackwardWeightKernel(
        ArrayView<float> x, ArrayView<float> rstd, ArrayView<float> dy, ArrayView<float> slots, int rows, int columns)
        : IKernel
    {
        public void Run()
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
                    long at = (long)row * columns + c;
                    sum += dy[at] * x[at] * rstd[row];
                }

                slots[element] = sum;
            }
        }
    }

    /// <summary>The same on CPUs, a row at a time.</summary>
    /// <inheritdoc cref="BackwardWeightKernel"/>
    /// <remarks>Launch: one work item a slot. Numerics: the same order, so the same bits.</remarks>
    internal readonly struct BackwardWeightDirectKernel(
        ArrayView<float> x, ArrayView<float> rstd, ArrayView<float> dy, ArrayView<float> slots, int rows, int columns)
        : IKernel
    {
        public void Run()
        {
            long slot = (long)Grid.IdxX * columns;
            int start = Grid.IdxX * RowsPerSlot;
            int end = IntrinsicMath.Min(rows, start + RowsPerSlot);
            for (int row = start; row < end; row++)
            {
                LaneTeam.Run(
                    new WeightGradient(x, dy, (long)row * columns, rstd[row], slots, slot, row == start ? 0 : 1), columns);
            }
        }
    }

    private readonly struct WeightGradient(
        ArrayView<float> x, ArrayView<float> dy, long row, float scale, ArrayView<float> slots, long slot, int accumulate)
        : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(int c)
        {
            float gradient = dy[row + c] * x[row + c] * scale;
            return slots[slot + c] = accumulate != 0 ? slots[slot + c] + gradient : gradient;
        }
    }

    private readonly struct Square(ArrayView<float> x, long row) : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(int c) => x[row + c] * x[row + c];
    }

    private readonly struct Scaled<TElements>(
        ArrayView<float> x, long row, float scale, ArrayView<float> weight, TElements y) : IRowTerm
        where TElements : struct, IElements<TElements>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(int c)
        {
            float value = x[row + c] * scale * weight[c];
            y.Store(row + c, value);
            return value;
        }
    }

    private readonly struct Product(ArrayView<float> dy, ArrayView<float> weight, ArrayView<float> x, long row) : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(int c) => dy[row + c] * weight[c] * x[row + c];
    }

    private readonly struct Gradient(
        ArrayView<float> x, ArrayView<float> weight, ArrayView<float> dy, long row, float scale, float correction,
        ArrayView<float> dx, int accumulate) : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(int c)
        {
            float gradient = dy[row + c] * weight[c] * scale + x[row + c] * correction;
            dx[row + c] = accumulate != 0 ? dx[row + c] + gradient : gradient;
            return gradient;
        }
    }
}
