using Calm.Kernels;
using Calm.Runtime;
using ILGPU;

namespace Laboratory;

/// <content>A group a row: each thread is online over its places, then maxima and sums meet in shared memory.</content>
public static unsafe partial class Softmax3
{
    private readonly partial struct Forward
    {
        public void Run(IlgpuDevice gpu) =>
            gpu.LaunchGroups(new Index3D(x.Rows, 1, 1), new ForwardKernel(x.View(), y.View(), x.Columns));
    }

    public readonly struct ForwardKernel(ArrayView<float> x, ArrayView<float> y, int columns) : IGroupKernel
    {
        public void Run<TGroup>() where TGroup : struct, IGroupSize
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(TGroup.Size);
            long row = (long)Grid.IdxX * columns;
            float max = float.MinValue;
            float sum = 0;
            for (int c = Group.IdxX; c < columns; c += TGroup.Size)
            {
                float value = x[row + c];
                float greater = value > max ? value : max;
                sum = KernelMath.FusedMultiplyAdd(sum, KernelMath.Exp(max - greater), KernelMath.Exp(value - greater));
                max = greater;
            }

            float all = Greatest<TGroup>(max, shared);
            float factor = 1 / GroupSum.Of<TGroup>(sum * KernelMath.Exp(max - all), shared);
            for (int c = Group.IdxX; c < columns; c += TGroup.Size)
            {
                y[row + c] = KernelMath.Exp(x[row + c] - all) * factor;
            }
        }

        private static float Greatest<TGroup>(float value, ArrayView<float> shared) where TGroup : struct, IGroupSize
        {
            int thread = Group.IdxX;
            shared[thread] = value;
            KernelGroup.Barrier();
            for (int half = TGroup.Size / 2; half > 0; half /= 2)
            {
                if (thread < half && shared[thread + half] > shared[thread])
                {
                    shared[thread] = shared[thread + half];
                }

                KernelGroup.Barrier();
            }

            float greatest = shared[0];
            KernelGroup.Barrier(); // the sum may overwrite it only after all have read it
            return greatest;
        }
    }
}
