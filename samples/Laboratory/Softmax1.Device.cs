using Calm.Kernels;
using Calm.Runtime;
using ILGPU;

namespace Laboratory;

/// <content>One thread a row: neighbouring threads read a row apart.</content>
public static unsafe partial class Softmax1
{
    private readonly partial struct Forward
    {
        public void Run(IlgpuDevice gpu) =>
            gpu.Launch(Launch.Items(gpu, x.Rows), new ForwardKernel(x.View(), y.View(), x.Rows, x.Columns));
    }

    public readonly struct ForwardKernel(ArrayView<float> x, ArrayView<float> y, int rows, int columns) : IKernel
    {
        public void Run()
        {
            if (Grid.GlobalIndex.X < rows)
            {
                long row = (long)Grid.GlobalIndex.X * columns;
                float max = float.NegativeInfinity;
                for (int c = 0; c < columns; c++)
                {
                    max = x[row + c] > max ? x[row + c] : max;
                }

                float sum = 0;
                for (int c = 0; c < columns; c++)
                {
                    sum += KernelMath.Exp(x[row + c] - max);
                }

                for (int c = 0; c < columns; c++)
                {
                    y[row + c] = KernelMath.Exp(x[row + c] - max) / sum;
                }
            }
        }
    }
}
