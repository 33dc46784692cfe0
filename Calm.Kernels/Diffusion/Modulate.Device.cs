using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernels: forward one thread an element, backward one a column of a position, for all its draws.</content>
public static unsafe partial class Modulate
{
    static partial void ForwardOnDevice(Tensor x, Tensor modulation, int first, int draws, Tensor y, ref bool done)
    {
        IlgpuDevice gpu = y.Gpu();
        gpu.Kernel<ArrayView<float>, ArrayView<float>, int, int, int, ArrayView<float>, int, int>(ForwardKernel)(
            gpu.Queue, Launch.Matrix(gpu, y.Rows, y.Columns), x.View(), modulation.View(), modulation.Columns, first, draws,
            y.View(), y.Rows, y.Columns);
        done = true;
    }

    static partial void BackwardOnDevice(
        Tensor x, Tensor modulation, int first, int draws, Tensor dy, GradientTarget? dx, Tensor? dModulation,
        ref bool done)
    {
        // Kernels take no null: what is not wanted is replaced by something that is not written.
        IlgpuDevice gpu = dy.Gpu();
        int wanted = (dx is null ? 0 : 1) + (dx is { Accumulate: true } ? 2 : 0) + (dModulation is null ? 0 : 4);
        gpu.Kernel<ArrayView<float>, ArrayView<float>, int, int, int, ArrayView<float>, ArrayView<float>, ArrayView<float>,
            int, int, int>(BackwardKernel)(
            gpu.Queue, Launch.Matrix(gpu, modulation.Rows, x.Columns), x.View(), modulation.View(), modulation.Columns,
            first, draws, dy.View(), (dx?.Tensor ?? dy).View(), (dModulation ?? dy).View(), wanted, modulation.Rows,
            x.Columns);
        done = true;
    }

    /// <summary>y[r, c] = x[r, c] * (1 + scale[r / S, c]) + shift[r / S, c].</summary>
    /// <param name="x">In, [P S, C].</param>
    /// <param name="modulation">In, [P, stride]: shifts from column first on, then scales.</param>
    /// <param name="stride">Columns of the modulation.</param>
    /// <param name="first">First column of the shifts.</param>
    /// <param name="draws">S.</param>
    /// <param name="y">Out, [P S, C]; may alias x.</param>
    /// <param name="rows">P S.</param>
    /// <param name="columns">C.</param>
    /// <remarks>
    /// Launch: <see cref="Launch.Matrix"/> of y. Bound by bandwidth: reads P S C + 2 P C floats, writes P S C. Numerics: the
    /// same bits as the host. Definition: Modulate.Reference.
    /// </remarks>
    private static void ForwardKernel(
        ArrayView<float> x, ArrayView<float> modulation, int stride, int first, int draws, ArrayView<float> y, int rows,
        int columns)
    {
        MatrixPlace place = new(rows, columns);
        if (place.IsInside)
        {
            long at = (long)place.Row * columns + place.Column;
            long shift = (long)(place.Row / draws) * stride + first + place.Column;
            y[at] = KernelMath.FusedMultiplyAdd(x[at], 1 + modulation[shift + columns], modulation[shift]);
        }
    }

    /// <summary>dx (+)= dy (1 + scale); dShift += sum over draws of dy, dScale += sum over draws of dy x.</summary>
    /// <param name="x">In, [P S, C].</param>
    /// <param name="modulation">In, [P, stride].</param>
    /// <param name="stride">Columns of the modulation.</param>
    /// <param name="first">First column of the shifts.</param>
    /// <param name="draws">S.</param>
    /// <param name="dy">In, [P S, C].</param>
    /// <param name="dx">In and out, [P S, C].</param>
    /// <param name="dModulation">In and out, [P, stride].</param>
    /// <param name="wanted">1: dx is wanted; 2: it is added to; 4: dModulation is wanted.</param>
    /// <param name="positions">P.</param>
    /// <param name="columns">C.</param>
    /// <remarks>Launch: <see cref="Launch.Matrix"/> of [P, C]. Bound by bandwidth: reads 2 P S C floats.</remarks>
    private static void BackwardKernel(
        ArrayView<float> x, ArrayView<float> modulation, int stride, int first, int draws, ArrayView<float> dy,
        ArrayView<float> dx, ArrayView<float> dModulation, int wanted, int positions, int columns)
    {
        MatrixPlace place = new(positions, columns);
        if (place.IsInside)
        {
            long shift = (long)place.Row * stride + first + place.Column;
            float factor = 1 + modulation[shift + columns];
            float shiftSum = (wanted & 4) != 0 ? dModulation[shift] : 0;
            float scaleSum = (wanted & 4) != 0 ? dModulation[shift + columns] : 0;
            for (int draw = 0; draw < draws; draw++)
            {
                long at = ((long)place.Row * draws + draw) * columns + place.Column;
                float upstream = dy[at];
                shiftSum += upstream;
                scaleSum = KernelMath.FusedMultiplyAdd(upstream, x[at], scaleSum);
                if ((wanted & 1) != 0)
                {
                    dx[at] = (wanted & 2) != 0 ? dx[at] + upstream * factor : upstream * factor;
                }
            }

            if ((wanted & 4) != 0)
            {
                dModulation[shift] = shiftSum;
                dModulation[shift + columns] = scaleSum;
            }
        }
    }
}
