using Calm.Kernels;
using Calm.Runtime;
using ILGPU;

namespace KernelLadders;

/// <summary>Version 1: the definition, one thread a row.</summary>
public static class RmsNorm1
{
    public static void Run(Tensor x, Tensor weight, Tensor y, float epsilon) => x.Gpu().Launch(
        Launch.Items(x.Gpu(), x.Rows),
        new ForwardKernel(x.View(), weight.View(), y.View(), x.Rows, x.Columns, epsilon));

    /// <remarks>
    /// Launch: one thread a row, any group size. Weakness: neighbouring threads read C floats apart, so that a
    /// GPU fetches a sector of 32 bytes for each float, and only R threads have work.
    /// </remarks>
    public readonly struct ForwardKernel(
        ArrayView<float> x, ArrayView<float> weight, ArrayView<float> y, int rows, int columns, float epsilon) : IKernel
    {
        public void Run()
        {
            int r = Grid.GlobalIndex.X;
            if (r < rows)
            {
                long row = (long)r * columns;
                float sum = 0;
                for (int c = 0; c < columns; c++)
                {
                    sum += x[row + c] * x[row + c];
                }

                float rstd = 1 / MathF.Sqrt(sum / columns + epsilon);
                for (int c = 0; c < columns; c++)
                {
                    y[row + c] = x[row + c] * rstd * weight[c];
                }
            }
        }
    }
}
