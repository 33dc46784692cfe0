using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel, one thread an element.</content>
public static unsafe partial class RowMix
{
    static partial void ApplyOnDevice(Tensor x, Tensor y, Tensor weights, Tensor z, ref bool done)
    {
        IlgpuDevice gpu = z.Gpu();
        gpu.Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, int, ArrayView<float>, int, int>(MixKernel)(
            gpu.Queue, Launch.Matrix(gpu, z.Rows, z.Columns), x.View(), y.View(), weights.View(),
            weights.Rows == 1 ? 0 : weights.Columns, z.View(), z.Rows, z.Columns);
        done = true;
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
    /// as the host. Definition: RowMix.Reference.
    /// </remarks>
    private static void MixKernel(
        ArrayView<float> x, ArrayView<float> y, ArrayView<float> weights, int stride, ArrayView<float> z, int rows,
        int columns)
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
