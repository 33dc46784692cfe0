using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel, one thread an element.</content>
public static partial class WeightedAdd
{
    private readonly partial struct Forward
    {
        public void Run(IlgpuDevice gpu) => gpu.LaunchMatrix(
            z.Rows, z.Columns,
            new AddKernel(x.View(), y.View(), weights.View(), _stride, z.View(), z.Rows, z.Columns));
    }

    /// <summary>z[r, c] = k[r, 0] x[r, c] + k[r, 1] y[r, c].</summary>
    /// <param name="x">In, [R, C].</param>
    /// <param name="y">In, [R, C].</param>
    /// <param name="weights">In, k, [R, stride], or two numbers for all rows.</param>
    /// <param name="stride">Distance of two rows' weights; 0 for the same.</param>
    /// <param name="z">Out, [R, C]; may alias x or y.</param>
    /// <param name="rows">R.</param>
    /// <param name="columns">C.</param>
    /// <remarks>
    /// Launch: <see cref="Launch.Matrix"/> of z. Bound by bandwidth: reads 2 R C floats, writes R C. Numerics: the same bits
    /// as the host. Definition: WeightedAdd.Reference.
    /// </remarks>
    internal readonly struct AddKernel(
        ArrayView<float> x, ArrayView<float> y, ArrayView<float> weights, int stride, ArrayView<float> z, int rows,
        int columns) : IKernel
    {
        public void Run()
        {
            MatrixPlace place = new(rows, columns);
            if (place.IsInside)
            {
                long at = (long)place.Row * columns + place.Column;
                long weight = (long)place.Row * stride;
                z[at] = KernelMath.FusedMultiplyAdd(weights[weight], x[at], weights[weight + 1] * y[at]);
            }
        }
    }
}
