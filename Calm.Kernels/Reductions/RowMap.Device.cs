using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernels, one team a row; functions are the host's.</content>
public static partial class RowMap
{
    private readonly partial struct Forward<TFunction>
    {
        public void Run(IlgpuDevice gpu) => gpu.LaunchRows(
            x.Rows, new ForwardKernel<TFunction>(function, x.View(), y.View(), statistics.View(), x.Columns));
    }

    private readonly partial struct Backward<TFunction>
    {
        public void Run(IlgpuDevice gpu) => gpu.LaunchRows(y.Rows, new BackwardKernel<TFunction>(
            function, y.View(), statistics.View(), dy.View(), dx.Tensor.View(), y.Columns, dx.Accumulate ? 1 : 0));
    }

    /// <summary>y = f(x) for each row.</summary>
    /// <param name="function">The function's constants.</param>
    /// <param name="x">In, [R, C].</param>
    /// <param name="y">Out, [R, C].</param>
    /// <param name="statistics">Out, [R]: kept for backward.</param>
    /// <param name="columns">C.</param>
    /// <remarks>
    /// Launch: R teams. Shared memory: the team's. Bound by bandwidth: reads 3 R C floats, writes 2 R C. Numerics: float
    /// accumulation in a fixed order; a NaN makes its row NaN.
    /// </remarks>
    internal readonly struct ForwardKernel<TFunction>(
        TFunction function, ArrayView<float> x, ArrayView<float> y, ArrayView<float> statistics, int columns) : IRowKernel
        where TFunction : unmanaged, IRowFunction
    {
        public void Run<TTeam>() where TTeam : struct, IRowTeam
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(TTeam.SharedSize);
            long row = (long)Grid.IdxX * columns;
            float max = TFunction.SubtractsMax ? TTeam.Max(new RowNumber(x, row), columns, shared) : 0;
            float sum = TTeam.Sum(new Term<TFunction>(function, x, row, max, y), columns, shared);
            float statistic = function.Statistic(new KernelNumber(sum)).Value;
            TTeam.Run(new Value<TFunction>(function, x, row, max, statistic, y), columns);
            if (Group.IdxX == 0)
            {
                statistics[Grid.IdxX] = statistic;
            }
        }
    }

    /// <summary>dx (+)= f'(x) dy for each row.</summary>
    /// <param name="function">The function's constants.</param>
    /// <param name="y">In, [R, C].</param>
    /// <param name="statistics">In, [R], from the forward kernel.</param>
    /// <param name="dy">In, [R, C].</param>
    /// <param name="dx">In and out, [R, C]; may alias dy.</param>
    /// <param name="columns">C.</param>
    /// <param name="accumulate">1 to add to dx, 0 to overwrite it.</param>
    /// <remarks>Launch: R teams. Shared memory: the team's. Bound by bandwidth: reads 4 R C floats, writes R C.</remarks>
    internal readonly struct BackwardKernel<TFunction>(
        TFunction function, ArrayView<float> y, ArrayView<float> statistics, ArrayView<float> dy, ArrayView<float> dx,
        int columns, int accumulate) : IRowKernel
        where TFunction : unmanaged, IRowFunction
    {
        public void Run<TTeam>() where TTeam : struct, IRowTeam
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(TTeam.SharedSize);
            long row = (long)Grid.IdxX * columns;
            float sum = TTeam.Sum(new GradientTerm<TFunction>(function, y, dy, row), columns, shared);
            TTeam.Run(
                new Gradient<TFunction>(function, y, dy, row, statistics[Grid.IdxX], sum, dx, accumulate), columns);
        }
    }

    private readonly struct Term<TFunction>(TFunction function, ArrayView<float> x, long row, float max, ArrayView<float> y)
        : IRowTerm where TFunction : unmanaged, IRowFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(int c) => y[row + c] = function.Term(new KernelNumber(x[row + c] - max)).Value;
    }

    private readonly struct Value<TFunction>(
        TFunction function, ArrayView<float> x, long row, float max, float statistic, ArrayView<float> y)
        : IRowTerm where TFunction : unmanaged, IRowFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(int c) => y[row + c] = function.Value(
            new KernelNumber(x[row + c] - max), new KernelNumber(y[row + c]), new KernelNumber(statistic)).Value;
    }

    private readonly struct GradientTerm<TFunction>(TFunction function, ArrayView<float> y, ArrayView<float> dy, long row)
        : IRowTerm where TFunction : unmanaged, IRowFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(int c) => function.GradientTerm(new KernelNumber(y[row + c]), new KernelNumber(dy[row + c])).Value;
    }

    private readonly struct Gradient<TFunction>(
        TFunction function, ArrayView<float> y, ArrayView<float> dy, long row, float statistic, float sum,
        ArrayView<float> dx, int accumulate) : IRowTerm where TFunction : unmanaged, IRowFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(int c)
        {
            float gradient = function.Gradient(
                new KernelNumber(y[row + c]), new KernelNumber(dy[row + c]), new KernelNumber(statistic),
                new KernelNumber(sum)).Value;
            return dx[row + c] = accumulate != 0 ? dx[row + c] + gradient : gradient;
        }
    }
}
