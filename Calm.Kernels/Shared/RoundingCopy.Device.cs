using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel, one thread an element.</content>
internal static unsafe partial class RoundingCopy
{
    /// <summary>Rounds a matrix.</summary>
    /// <param name="gpu">Where.</param>
    /// <param name="source">Rows at a distance.</param>
    /// <param name="stride">The distance.</param>
    /// <param name="rows">How many, at least one.</param>
    /// <param name="columns">How long they are, at least one.</param>
    /// <param name="target">Out, dense.</param>
    public static void Rows(
        IlgpuDevice gpu, ArrayView<float> source, int stride, int rows, int columns, ArrayView<float> target) =>
        gpu.Kernel<ArrayView<float>, ArrayView<float>, int, int, int>(RoundKernel)(
            gpu.Queue, Launch.Matrix(gpu, rows, columns), source, target, stride, rows, columns);

    static partial void RunOnDevice(Tensor x, Tensor y, ref bool done)
    {
        if (x.Count > 0)
        {
            Rows(x.Gpu(), x.View(), x.Columns, x.Rows, x.Columns, y.View());
        }

        done = true;
    }

    /// <summary>target[i, j] = source[i, j], rounded to the nearest bfloat16.</summary>
    /// <param name="source">In, rows at a distance.</param>
    /// <param name="target">Out, dense.</param>
    /// <param name="stride">Distance between the rows of the source.</param>
    /// <param name="rows">How many.</param>
    /// <param name="columns">How long they are.</param>
    /// <remarks>Launch: one thread an element. Bound by bandwidth: reads and writes each element once.</remarks>
    private static void RoundKernel(ArrayView<float> source, ArrayView<float> target, int stride, int rows, int columns)
    {
        MatrixPlace place = new(rows, columns);
        if (place.IsInside)
        {
            target[(long)place.Row * columns + place.Column] =
                BFloat16.RoundToFloat(source[(long)place.Row * stride + place.Column]);
        }
    }
}
