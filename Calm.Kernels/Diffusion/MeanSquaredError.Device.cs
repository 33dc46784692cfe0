using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernels: one team a row, then one thread an element.</content>
public static partial class MeanSquaredError
{
    private readonly partial struct Forward
    {
        public void Run(IlgpuDevice gpu)
        {
            gpu.LaunchRows(x.Rows, new RowKernel(x.View(), target.View(), rows.View(), x.Columns));
            ScalarSum.Run(gpu, rows, x.Rows, 1f / x.Rows, 0, loss);
        }
    }

    private readonly partial struct Backward
    {
        public void Run(IlgpuDevice gpu) => gpu.LaunchItems(
            x.Count,
            new BackwardKernel(
                x.View(), target.View(), scale, dLoss.View(), dx.Tensor.View(), dx.Accumulate ? 1 : 0));
    }

    /// <summary>rows[r] = mean over c of (x[r, c] - target[r, c])^2.</summary>
    /// <param name="x">In, [R, C].</param>
    /// <param name="target">In, [R, C].</param>
    /// <param name="rows">Out, [R].</param>
    /// <param name="columns">C.</param>
    /// <remarks>
    /// Launch: R teams. Shared memory: the team's. Bound by bandwidth: reads 2 R C floats. Numerics: float accumulation in a
    /// fixed order; a NaN comes through. Definition: MeanSquaredError.Reference.
    /// </remarks>
    internal readonly struct RowKernel(
        ArrayView<float> x, ArrayView<float> target, ArrayView<float> rows, int columns) : IRowKernel
    {
        public void Run<TTeam>() where TTeam : struct, IRowTeam
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(TTeam.SharedSize);
            float sum = TTeam.Sum(new SquaredDifference(x, target, (long)Grid.IdxX * columns), columns, shared);
            if (Group.IdxX == 0)
            {
                rows[Grid.IdxX] = sum / columns;
            }
        }
    }

    private readonly struct SquaredDifference(ArrayView<float> x, ArrayView<float> target, long row) : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(int c)
        {
            float difference = x[row + c] - target[row + c];
            return difference * difference;
        }
    }

    /// <summary>dx[i] (+)= dLoss * scale * (x[i] - target[i]).</summary>
    /// <param name="x">In, [R, C].</param>
    /// <param name="target">In, [R, C].</param>
    /// <param name="scale">2 / (R C).</param>
    /// <param name="dLoss">In, a scalar in device memory.</param>
    /// <param name="dx">In and out, [R, C].</param>
    /// <param name="accumulate">1 to add to dx, 0 to overwrite it.</param>
    /// <remarks>Launch: one thread an element, any group size. Bound by bandwidth: reads 2 R C floats, writes R C.</remarks>
    internal readonly struct BackwardKernel(
        ArrayView<float> x, ArrayView<float> target, float scale, ArrayView<float> dLoss, ArrayView<float> dx,
        int accumulate) : IKernel
    {
        public void Run()
        {
            int i = Grid.GlobalIndex.X;
            if (i < x.IntLength)
            {
                float gradient = scale * dLoss[0] * (x[i] - target[i]);
                dx[i] = accumulate != 0 ? dx[i] + gradient : gradient;
            }
        }
    }
}
