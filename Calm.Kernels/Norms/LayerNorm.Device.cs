using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernels: one team a row, and for dWeight and dBias one thread a column of a block of rows.</content>
public static partial class LayerNorm
{
    private const int RowsPerSlot = 64;

    // Kernels take no null: without weight and bias they get x and do not look at it.
    private readonly partial struct Forward : IElementsWork
    {
        public void Run(IlgpuDevice gpu) => gpu.RunFor(y.ElementType, this);

        public void Run<TElements>(IlgpuDevice gpu) where TElements : struct, IElements<TElements> => gpu.LaunchRows(
            x.Rows, new ForwardKernel<TElements>(
                x.View(), weight.ViewOr(x), bias.ViewOr(x), weight is null ? 0 : 1, TElements.Of(y), mean.View(), rstd.View(),
                x.Columns, epsilon));
    }

    private readonly partial struct Backward
    {
        public void Run(IlgpuDevice gpu)
        {
            if (dx is { } target)
            {
                gpu.LaunchRows(x.Rows, new BackwardKernel(
                    x.View(), weight.ViewOr(x), weight is null ? 0 : 1, mean.View(), rstd.View(), dy.View(),
                    target.Tensor.View(), x.Columns, target.Accumulate ? 1 : 0));
            }

            if (dWeight is not null || dBias is not null)
            {
                RunParameters(gpu);
            }
        }

        private void RunParameters(IlgpuDevice gpu)
        {
            Shape slots = new((x.Rows + RowsPerSlot - 1) / RowsPerSlot, x.Columns);
            Tensor weightSlots = tape.Rent(slots, Op);
            Tensor biasSlots = tape.Rent(slots, Op);
            if (gpu.Family == KernelFamily.Direct)
            {
                gpu.Launch(new KernelConfig((int)slots.Rows, 1), new BackwardParametersDirectKernel(
                    x.View(), mean.View(), rstd.View(), dy.View(), weightSlots.View(), biasSlots.View(), x.Rows, x.Columns));
            }
            else
            {
                gpu.LaunchItems(slots.Count, new BackwardParametersKernel(
                    x.View(), mean.View(), rstd.View(), dy.View(), weightSlots.View(), biasSlots.View(), x.Rows, x.Columns));
            }

            if (dWeight is { } weightSum)
            {
                SlotSum.Run(gpu, weightSlots, weightSum);
            }

            if (dBias is { } biasSum)
            {
                SlotSum.Run(gpu, biasSlots, biasSum);
            }
        }
    }

    /// <summary>Layer norm of each row: y[r,c] = weight[c] * (x[r,c] - mean) / sqrt(variance + epsilon) + bias[c].</summary>
    /// <param name="x">In, [R, C], row-major, dense.</param>
    /// <param name="weight">In, [C]; read only if affine.</param>
    /// <param name="bias">In, [C]; read only if affine.</param>
    /// <param name="affine">1 to apply weight and bias, 0 for the plain norm.</param>
    /// <param name="y">Out, [R, C]. May alias x if affine is 1.</param>
    /// <param name="mean">Out, [R]: kept for backward.</param>
    /// <param name="rstd">Out, [R]: kept for backward.</param>
    /// <param name="columns">C.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <remarks>
    /// Launch: R teams. Shared memory: the team's. Bound by bandwidth: reads 3 R C + 2 C floats,
    /// writes R C + 2 R. Numerics: variance about the mean, float accumulation in a fixed order; a NaN makes its row NaN.
    /// Definition: LayerNorm.Reference.
    /// </remarks>
    internal readonly struct ForwardKernel<TElements>(
        ArrayView<float> x, ArrayView<float> weight, ArrayView<float> bias, int affine, TElements y,
        ArrayView<float> mean, ArrayView<float> rstd, int columns, float epsilon) : IRowKernel
        where TElements : struct, IElements<TElements>
    {
        public void Run<TTeam>() where TTeam : struct, IRowTeam
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(TTeam.SharedSize);
            long row = (long)Grid.IdxX * columns;
            float center = TTeam.Sum(new RowNumber(x, row), columns, shared) / columns;
            float variance = TTeam.Sum(new SquaredDeviation(x, row, center), columns, shared) / columns;
            float scale = 1 / MathF.Sqrt(variance + epsilon);
            TTeam.Run(new Normalised<TElements>(x, row, center, scale, weight, bias, affine, y), columns);
            if (Group.IdxX == 0)
            {
                mean[Grid.IdxX] = center;
                rstd[Grid.IdxX] = scale;
            }
        }
    }

    /// <summary>dx (+)= rstd * (g - mean(g) - n * mean(g * n)), g = dy * weight, n the normalised x, for each row.</summary>
    /// <param name="x">In, [R, C].</param>
    /// <param name="weight">In, [C]; read only if affine.</param>
    /// <param name="affine">1 if the norm has a weight.</param>
    /// <param name="mean">In, [R], from the forward kernel.</param>
    /// <param name="rstd">In, [R], from the forward kernel.</param>
    /// <param name="dy">In, [R, C].</param>
    /// <param name="dx">In and out, [R, C]. May alias dy.</param>
    /// <param name="columns">C.</param>
    /// <param name="accumulate">1 to add to dx, 0 to overwrite it.</param>
    /// <remarks>Launch: R teams. Bound by bandwidth: reads 4 R C floats, writes R C.</remarks>
    internal readonly struct BackwardKernel(
        ArrayView<float> x, ArrayView<float> weight, int affine, ArrayView<float> mean, ArrayView<float> rstd,
        ArrayView<float> dy, ArrayView<float> dx, int columns, int accumulate) : IRowKernel
    {
        public void Run<TTeam>() where TTeam : struct, IRowTeam
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(TTeam.SharedSize);
            long row = (long)Grid.IdxX * columns;
            float center = mean[Grid.IdxX];
            float scale = rstd[Grid.IdxX];
            Upstream upstream = new(dy, row, weight, affine);
            float meanGradient = TTeam.Sum(upstream, columns, shared) / columns;
            float meanProduct = TTeam.Sum(new Product(upstream, x, row, center, scale), columns, shared) / columns;
            TTeam.Run(
                new Gradient(upstream, x, row, center, scale, meanGradient, meanProduct, dx, accumulate), columns);
        }
    }

    /// <summary>Sums of dy * n and of dy over the rows of each block, n the normalised x.</summary>
    /// <param name="x">In, [R, C].</param>
    /// <param name="mean">In, [R].</param>
    /// <param name="rstd">In, [R].</param>
    /// <param name="dy">In, [R, C].</param>
    /// <param name="weightSlots">Out, [R / RowsPerSlot rounded up, C].</param>
    /// <param name="biasSlots">Out, the same shape.</param>
    /// <param name="rows">R.</param>
    /// <param name="columns">C.</param>
    /// <remarks>Launch: one thread an element of a slot array, any group size. Bound by bandwidth: reads 2 R C.</remarks>
    internal readonly struct BackwardParametersKernel(
        ArrayView<float> x, ArrayView<float> mean, ArrayView<float> rstd, ArrayView<float> dy,
        ArrayView<float> weightSlots, ArrayView<float> biasSlots, int rows, int columns) : IKernel
    {
        public void Run()
        {
            int element = Grid.GlobalIndex.X;
            if (element < weightSlots.IntLength)
            {
                int slot = element / columns;
                int c = element - slot * columns;
                int end = IntrinsicMath.Min(rows, (slot + 1) * RowsPerSlot);
                float weightSum = 0;
                float biasSum = 0;
                for (int row = slot * RowsPerSlot; row < end; row++)
                {
                    long at = (long)row * columns + c;
                    weightSum += dy[at] * (x[at] - mean[row]) * rstd[row];
                    biasSum += dy[at];
                }

                weightSlots[element] = weightSum;
                biasSlots[element] = biasSum;
            }
        }
    }

    /// <summary>The same on CPUs, a row at a time.</summary>
    /// <inheritdoc cref="BackwardParametersKernel"/>
    /// <remarks>Launch: one work item a slot. Numerics: the same order, so the same bits.</remarks>
    internal readonly struct BackwardParametersDirectKernel(
        ArrayView<float> x, ArrayView<float> mean, ArrayView<float> rstd, ArrayView<float> dy,
        ArrayView<float> weightSlots, ArrayView<float> biasSlots, int rows, int columns) : IKernel
    {
        public void Run()
        {
            long slot = (long)Grid.IdxX * columns;
            int start = Grid.IdxX * RowsPerSlot;
            int end = IntrinsicMath.Min(rows, start + RowsPerSlot);
            for (int row = start; row < end; row++)
            {
                long at = (long)row * columns;
                int accumulate = row == start ? 0 : 1;
                LaneTeam.Run(new WeightGradient(x, dy, at, mean[row], rstd[row], weightSlots, slot, accumulate), columns);
                LaneTeam.Run(new BiasGradient(dy, at, biasSlots, slot, accumulate), columns);
            }
        }
    }

    private readonly struct WeightGradient(
        ArrayView<float> x, ArrayView<float> dy, long row, float center, float scale, ArrayView<float> slots, long slot,
        int accumulate) : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(int c)
        {
            float gradient = dy[row + c] * (x[row + c] - center) * scale;
            return slots[slot + c] = accumulate != 0 ? slots[slot + c] + gradient : gradient;
        }
    }

    private readonly struct BiasGradient(
        ArrayView<float> dy, long row, ArrayView<float> slots, long slot, int accumulate) : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(int c) =>
            slots[slot + c] = accumulate != 0 ? slots[slot + c] + dy[row + c] : dy[row + c];
    }

    private readonly struct SquaredDeviation(ArrayView<float> x, long row, float center) : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(int c) => (x[row + c] - center) * (x[row + c] - center);
    }

    private readonly struct Normalised<TElements>(
        ArrayView<float> x, long row, float center, float scale, ArrayView<float> weight, ArrayView<float> bias, int affine,
        TElements y) : IRowTerm
        where TElements : struct, IElements<TElements>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(int c)
        {
            float normal = (x[row + c] - center) * scale;
            float value = affine != 0 ? normal * weight[c] + bias[c] : normal;
            y.Store(row + c, value);
            return value;
        }
    }

    /// <summary>g = dy * weight.</summary>
    private readonly struct Upstream(ArrayView<float> dy, long row, ArrayView<float> weight, int affine) : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(int c) => affine != 0 ? dy[row + c] * weight[c] : dy[row + c];
    }

    /// <summary>g * n.</summary>
    private readonly struct Product(Upstream upstream, ArrayView<float> x, long row, float center, float scale) : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(int c) => upstream.At(c) * (x[row + c] - center) * scale;
    }

    private readonly struct Gradient(
        Upstream upstream, ArrayView<float> x, long row, float center, float scale, float meanGradient, float meanProduct,
        ArrayView<float> dx, int accumulate) : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(int c)
        {
            float normal = (x[row + c] - center) * scale;
            float gradient = scale * (upstream.At(c) - meanGradient - normal * meanProduct);
            dx[row + c] = accumulate != 0 ? dx[row + c] + gradient : gradient;
            return gradient;
        }
    }
}
