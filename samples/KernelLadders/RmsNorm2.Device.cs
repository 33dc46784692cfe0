using Calm.Kernels;
using Calm.Runtime;
using ILGPU;

namespace KernelLadders;

/// <summary>Version 2: a group a row: neighbouring threads read neighbours, sums meet in shared memory.</summary>
public static class RmsNorm2
{
    public static void Run(Tensor x, Tensor weight, Tensor y, float epsilon) => x.Gpu().LaunchGroups(
        new Index3D(x.Rows, 1, 1), new ForwardKernel(x.View(), weight.View(), y.View(), x.Columns, epsilon));

    /// <remarks>
    /// Launch: R groups. Shared memory: one float a thread. What changed: a warp's 32 loads are one line of 128 bytes, and there
    /// are 128 times as many threads to wait for memory.
    /// </remarks>
    public readonly struct ForwardKernel(
        ArrayView<float> x, ArrayView<float> weight, ArrayView<float> y, int columns, float epsilon) : IGroupKernel
    {
        public void Run<TGroup>() where TGroup : struct, IGroupSize
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(TGroup.Size);
            long row = (long)Grid.IdxX * columns;
            float sum = 0;
            for (int c = Group.IdxX; c < columns; c += TGroup.Size)
            {
                sum += x[row + c] * x[row + c];
            }

            float rstd = 1 / MathF.Sqrt(GroupSum.Of<TGroup>(sum, shared) / columns + epsilon);
            for (int c = Group.IdxX; c < columns; c += TGroup.Size)
            {
                y[row + c] = x[row + c] * rstd * weight[c];
            }
        }
    }
}
