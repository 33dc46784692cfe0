using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel, one thread an element.</content>
public static partial class Transpose
{
    private readonly partial struct Forward
    {
        public void Run(IlgpuDevice gpu)
        {
            if (x.Count > 0)
            {
                gpu.LaunchMatrix(x.Columns, x.Rows, new TransposeKernel(
                    x.View(), y.Tensor.View(), x.Rows, x.Columns, y.Accumulate ? 1 : 0));
            }
        }
    }

    /// <summary>y[c, r] (+)= x[r, c].</summary>
    /// <param name="x">In, [R, C].</param>
    /// <param name="y">In and out, [C, R].</param>
    /// <param name="rows">R.</param>
    /// <param name="columns">C.</param>
    /// <param name="accumulate">1 to add to y, 0 to overwrite it.</param>
    /// <remarks>
    /// Launch: <see cref="Launch.Matrix"/> of y. Bound by bandwidth: neighbouring threads write side by side, read a row apart.
    /// </remarks>
    internal readonly struct TransposeKernel(ArrayView<float> x, ArrayView<float> y, int rows, int columns, int accumulate)
        : IKernel
    {
        public void Run()
        {
            MatrixPlace place = new(columns, rows);
            if (place.IsInside)
            {
                float value = x[(long)place.Column * columns + place.Row];
                long at = (long)place.Row * rows + place.Column;
                y[at] = accumulate != 0 ? y[at] + value : value;
            }
        }
    }
}
