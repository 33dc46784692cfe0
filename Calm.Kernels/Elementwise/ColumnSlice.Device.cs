using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernels, one thread an element of the slice.</content>
public static unsafe partial class ColumnSlice
{
    static partial void ForwardOnDevice(Tensor x, int first, Tensor y, ref bool done)
    {
        if (y.Count > 0)
        {
            IlgpuDevice gpu = y.Gpu();
            gpu.Kernel<ArrayView<float>, ArrayView<float>, int, int, int, int>(CopyKernel)(
                gpu.Queue, Launch.Matrix(gpu, y.Rows, y.Columns), x.View(), y.View(), y.Rows, x.Columns, first,
                y.Columns);
        }

        done = true;
    }

    static partial void BackwardOnDevice(Tensor dy, int first, Tensor dx, ref bool done)
    {
        if (dy.Count > 0)
        {
            IlgpuDevice gpu = dy.Gpu();
            gpu.Kernel<ArrayView<float>, ArrayView<float>, int, int, int, int>(AddKernel)(
                gpu.Queue, Launch.Matrix(gpu, dy.Rows, dy.Columns), dy.View(), dx.View(), dy.Rows, dx.Columns,
                first, dy.Columns);
        }

        done = true;
    }

    /// <summary>y[r, c] = x[r, first + c].</summary>
    /// <param name="x">In, [R, C].</param>
    /// <param name="y">Out, [R, count].</param>
    /// <param name="rows">R.</param>
    /// <param name="columns">C.</param>
    /// <param name="first">First column.</param>
    /// <param name="count">How many columns.</param>
    /// <remarks>Launch: <see cref="Launch.Matrix"/> of y. Bound by bandwidth: reads and writes each element once.</remarks>
    private static void CopyKernel(ArrayView<float> x, ArrayView<float> y, int rows, int columns, int first, int count)
    {
        MatrixPlace place = new(rows, count);
        if (place.IsInside)
        {
            int c = place.Column;
            y[(long)place.Row * count + c] = x[(long)place.Row * columns + first + c];
        }
    }

    /// <summary>dx[r, first + c] += dy[r, c].</summary>
    /// <param name="dy">In, [R, count].</param>
    /// <param name="dx">In and out, [R, C].</param>
    /// <param name="rows">R.</param>
    /// <param name="columns">C.</param>
    /// <param name="first">First column.</param>
    /// <param name="count">How many columns.</param>
    /// <remarks>Launch: <see cref="Launch.Matrix"/> of dy. Bound by bandwidth: reads 2 floats an element, writes 1.</remarks>
    private static void AddKernel(ArrayView<float> dy, ArrayView<float> dx, int rows, int columns, int first, int count)
    {
        MatrixPlace place = new(rows, count);
        if (place.IsInside)
        {
            int c = place.Column;
            dx[(long)place.Row * columns + first + c] += dy[(long)place.Row * count + c];
        }
    }
}
