using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The kernel, one thread an element.</content>
public static partial class RoundingCopy
{
    /// <summary>Copies a matrix.</summary>
    /// <param name="gpu">The device.</param>
    /// <param name="source">In, [rows, columns].</param>
    /// <param name="stride">Distance between the rows of the source.</param>
    /// <param name="rows">Number of rows, at least one.</param>
    /// <param name="columns">Length of a row, at least one.</param>
    /// <param name="target">Out, dense.</param>
    internal static void Rows<TSource, TTarget>(
        IlgpuDevice gpu, TSource source, int stride, int rows, int columns, TTarget target)
        where TSource : struct, IElements<TSource> where TTarget : struct, IElements<TTarget> => gpu.LaunchMatrix(
        rows, columns, new RoundKernel<TSource, TTarget>(source, target, stride, rows, columns));

    private readonly partial struct Copy : IElementsWork
    {
        public void Run(IlgpuDevice gpu) => gpu.RunFor(x.ElementType, this);

        public void Run<TElements>(IlgpuDevice gpu) where TElements : struct, IElements<TElements>
        {
            if (x.Count > 0)
            {
                Rows(gpu, TElements.Of(x), x.Columns, x.Rows, x.Columns, FloatElements.Of(y));
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
    internal readonly struct RoundKernel<TSource, TTarget>(TSource source, TTarget target, int stride, int rows, int columns)
        : IKernel
        where TSource : struct, IElements<TSource> where TTarget : struct, IElements<TTarget>
    {
        public void Run()
        {
            MatrixPlace place = new(rows, columns);
            if (place.IsInside)
            {
                float value = source.Load((long)place.Row * stride + place.Column);
                target.Store((long)place.Row * columns + place.Column, BFloat16.RoundToFloat(value));
            }
        }
    }
}
