using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel, one thread an element.</content>
public static partial class DenoisingStep
{
    private readonly partial struct Forward
    {
        public void Run(IlgpuDevice gpu) => gpu.LaunchMatrix(
            y.Rows, y.Columns,
            new StepKernel(
                output.View(), x.View(), noise.View(), noise.Columns, first, step, y.View(), y.Rows, y.Columns));
    }

    /// <summary>y[r, l] of x[r, l], output[r, l], output[r, L + l] and noise[r, first + l].</summary>
    /// <param name="output">In, [R, 2 L].</param>
    /// <param name="x">In, [R, L].</param>
    /// <param name="noise">In, [R, stride].</param>
    /// <param name="stride">Columns of the noise.</param>
    /// <param name="first">Its first column that is used.</param>
    /// <param name="step">The step's constants.</param>
    /// <param name="y">Out, [R, L]; may alias x.</param>
    /// <param name="rows">R.</param>
    /// <param name="columns">L.</param>
    /// <remarks>
    /// Launch: <see cref="Launch.Matrix"/> of y. Bound by bandwidth: reads 4 R L floats, writes R L. Numerics: the same bits
    /// as the host. Definition: DenoisingStep.Reference.
    /// </remarks>
    internal readonly struct StepKernel(
        ArrayView<float> output, ArrayView<float> x, ArrayView<float> noise, int stride, int first, ReverseStep step,
        ArrayView<float> y, int rows, int columns) : IKernel
    {
        public void Run()
        {
            MatrixPlace place = new(rows, columns);
            if (place.IsInside)
            {
                long at = (long)place.Row * columns + place.Column;
                long seen = 2L * place.Row * columns + place.Column;
                long fresh = (long)place.Row * stride + first + place.Column;
                y[at] = Next(
                    new KernelNumber(output[seen]), new KernelNumber(output[seen + columns]), new KernelNumber(x[at]),
                    new KernelNumber(noise[fresh]), step).Value;
            }
        }
    }
}
