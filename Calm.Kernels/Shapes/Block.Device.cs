using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel, one thread an element.</content>
internal readonly partial struct BlockCopy
{
    public void Run(IlgpuDevice gpu)
    {
        if (rows > 0 && columns > 0)
        {
            gpu.LaunchMatrix(rows, columns, new CopyKernel(
                source.Tensor.View(), source.Stride, source.First, target.Tensor.View(), target.Stride, target.First, rows,
                columns, accumulate ? 1 : 0));
        }
    }

    /// <summary>target[r, targetFirst + c] (+)= source[r, sourceFirst + c].</summary>
    /// <param name="source">In, [R, sourceStride].</param>
    /// <param name="sourceStride">Columns of source.</param>
    /// <param name="sourceFirst">First column of source.</param>
    /// <param name="target">In and out, [R, targetStride].</param>
    /// <param name="targetStride">Columns of target.</param>
    /// <param name="targetFirst">First column of target.</param>
    /// <param name="rows">R.</param>
    /// <param name="columns">Number of columns copied.</param>
    /// <param name="accumulate">1 to add to target, 0 to overwrite it.</param>
    /// <remarks>Launch: <see cref="Launch.Matrix"/> of the block. Bound by bandwidth: reads 1 or 2 floats, writes 1.</remarks>
    internal readonly struct CopyKernel(
        ArrayView<float> source, int sourceStride, int sourceFirst, ArrayView<float> target, int targetStride, int targetFirst,
        int rows, int columns, int accumulate) : IKernel
    {
        public void Run()
        {
            MatrixPlace place = new(rows, columns);
            if (place.IsInside)
            {
                float value = source[(long)place.Row * sourceStride + sourceFirst + place.Column];
                long at = (long)place.Row * targetStride + targetFirst + place.Column;
                target[at] = accumulate != 0 ? target[at] + value : value;
            }
        }
    }
}
