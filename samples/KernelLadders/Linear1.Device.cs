using Calm.Kernels;
using Calm.Runtime;
using ILGPU;

namespace KernelLadders;

/// <summary>Version 1: the definition, one thread an element of y.</summary>
public static class Linear1
{
    public static void Run(Tensor x, Tensor weight, Tensor y) => x.Gpu().Launch(
        Launch.Matrix(x.Gpu(), y.Rows, y.Columns),
        new ForwardKernel(x.View(), weight.View(), y.View(), y.Rows, y.Columns, x.Columns));

    /// <remarks>
    /// Launch: one thread an element. Weakness: two loads a multiply-add, and neighbouring threads read the weight
    /// K floats apart.
    /// </remarks>
    public readonly struct ForwardKernel(
        ArrayView<float> x, ArrayView<float> weight, ArrayView<float> y, int rows, int outputs, int depth) : IKernel
    {
        public void Run()
        {
            MatrixPlace place = new(rows, outputs);
            if (place.IsInside)
            {
                long xRow = (long)place.Row * depth;
                long weightRow = (long)place.Column * depth;
                float sum = 0;
                for (int k = 0; k < depth; k++)
                {
                    sum = KernelMath.FusedMultiplyAdd(x[xRow + k], weight[weightRow + k], sum);
                }

                y[(long)place.Row * outputs + place.Column] = sum;
            }
        }
    }
}
