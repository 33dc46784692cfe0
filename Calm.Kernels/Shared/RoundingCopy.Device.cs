using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel, one thread an element.</content>
internal static partial class RoundingCopy
{
    /// <summary>Rounds a matrix.</summary>
    /// <param name="gpu">The device.</param>
    /// <param name="source">In, [rows, columns].</param>
    /// <param name="stride">Distance between the rows of the source.</param>
    /// <param name="rows">Number of rows, at least one.</param>
    /// <param name="columns">Length of a row, at least one.</param>
    /// <param name="target">Out, dense.</param>
    public static void Rows(
        IlgpuDevice gpu, ArrayView<float> source, int stride, int rows, int columns, ArrayView<float> target) =>
        gpu.Launch(Launch.Matrix(gpu, rows, columns), new RoundKernel(source, target, stride, rows, columns));

    private readonly partial struct Copy
    {
        public void Run(IlgpuDevice gpu)
        {
            if (x.Count > 0)
            {
                Rows(gpu, x.View(), x.Columns, x.Rows, x.Columns, y.View());
            }
        }
    }

    /// <summary>target[i, j] = source[i, j], rounded to the nearest bfloat16.</summary>
    /// <param name="source">In, [rows, columns].</param>
    /// <param name="target">Out, dense.</param>
    /// <param name="stride">Distance between the rows of the source.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Length of a row.</param>
    /// <remarks>Launch: one thread an element. Bound by bandwidth: reads and writes each element once.</remarks>
    internal readonly struct RoundKernel(ArrayView<float> source, ArrayView<float> target, int stride, int rows, int columns)
        : IKernel
    {
        public void Run()
        {
            MatrixPlace place = new(rows, columns);
            if (place.IsInside)
            {
                target[(long)place.Row * columns + place.Column] =
                    BFloat16.RoundToFloat(source[(long)place.Row * stride + place.Column]);
            }
        }
    }
}
