using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernels: forward one thread an element, backward one a column of a position, for all its draws.</content>
internal static partial class Modulation
{
    // Kernels take no null: a missing tensor is replaced by one that is neither read nor written.
    internal readonly partial struct Forward<TForm>
    {
        public void Run(IlgpuDevice gpu) => gpu.LaunchMatrix(
            y.Rows, y.Columns,
            new ForwardKernel<TForm>(
                x.View(), modulation.View(), modulation.Columns, first, draws, addend.ViewOr(x), y.View(), y.Rows,
                y.Columns));
    }

    internal readonly partial struct Backward<TForm>
    {
        public void Run(IlgpuDevice gpu)
        {
            int wanted = (dx is null ? 0 : 1) + (dx is { Accumulate: true } ? 2 : 0) + (dModulation is null ? 0 : 4);
            gpu.LaunchMatrix(
                modulation.Rows, x.Columns,
                new BackwardKernel<TForm>(
                    x.View(), modulation.View(), modulation.Columns, first, draws, dy.View(), (dx?.Tensor).ViewOr(dy),
                    dModulation.ViewOr(dy), wanted, modulation.Rows, x.Columns));
        }
    }

    /// <summary>
    /// y[r, c] = x[r, c] * (1 + scale[r / S, c]) + shift[r / S, c], or x[r, c] * gate[r / S, c] + addend[r, c].
    /// </summary>
    /// <param name="x">In, [P S, C].</param>
    /// <param name="modulation">In, [P, stride]: from column first on shifts, then scales, or gates.</param>
    /// <param name="stride">Columns of the modulation.</param>
    /// <param name="first">First column of the shifts or gates.</param>
    /// <param name="draws">S.</param>
    /// <param name="addend">In, [P S, C]; not read if there are shifts.</param>
    /// <param name="y">Out, [P S, C]; may alias x or the addend.</param>
    /// <param name="rows">P S.</param>
    /// <param name="columns">C.</param>
    /// <remarks>
    /// Launch: <see cref="Launch.Matrix"/> of y. Bound by bandwidth: reads P S C + 2 P C floats, or 2 P S C + P C, writes
    /// P S C. Numerics: the same bits as the host. Definition: Modulate.Reference, GatedResidual.Reference.
    /// </remarks>
    internal readonly struct ForwardKernel<TForm>(
        ArrayView<float> x, ArrayView<float> modulation, int stride, int first, int draws, ArrayView<float> addend,
        ArrayView<float> y, int rows, int columns) : IKernel where TForm : struct, IModulationForm
    {
        public void Run()
        {
            MatrixPlace place = new(rows, columns);
            if (place.IsInside)
            {
                long at = (long)place.Row * columns + place.Column;
                long position = (long)(place.Row / draws) * stride + first + place.Column;
                y[at] = TForm.HasShift
                    ? KernelMath.FusedMultiplyAdd(x[at], 1 + modulation[position + columns], modulation[position])
                    : KernelMath.FusedMultiplyAdd(modulation[position], x[at], addend[at]);
            }
        }
    }

    /// <summary>dx (+)= dy * factor; dFactor += sum over draws of dy * x, dShift += sum over draws of dy.</summary>
    /// <param name="x">In, [P S, C].</param>
    /// <param name="modulation">In, [P, stride].</param>
    /// <param name="stride">Columns of the modulation.</param>
    /// <param name="first">First column of the shifts or gates.</param>
    /// <param name="draws">S.</param>
    /// <param name="dy">In, [P S, C].</param>
    /// <param name="dx">In and out, [P S, C].</param>
    /// <param name="dModulation">In and out, [P, stride].</param>
    /// <param name="wanted">1: dx is wanted; 2: it is added to; 4: dModulation is wanted.</param>
    /// <param name="positions">P.</param>
    /// <param name="columns">C.</param>
    /// <remarks>Launch: <see cref="Launch.Matrix"/> of [P, C]. Bound by bandwidth: reads 2 P S C floats.</remarks>
    internal readonly struct BackwardKernel<TForm>(
        ArrayView<float> x, ArrayView<float> modulation, int stride, int first, int draws, ArrayView<float> dy,
        ArrayView<float> dx, ArrayView<float> dModulation, int wanted, int positions, int columns) : IKernel
        where TForm : struct, IModulationForm
    {
        public void Run()
        {
            MatrixPlace place = new(positions, columns);
            if (place.IsInside)
            {
                long shift = (long)place.Row * stride + first + place.Column;
                long factorAt = TForm.HasShift ? shift + columns : shift;
                float factor = TForm.HasShift ? 1 + modulation[factorAt] : modulation[factorAt];
                float shiftSum = TForm.HasShift && (wanted & 4) != 0 ? dModulation[shift] : 0;
                float factorSum = (wanted & 4) != 0 ? dModulation[factorAt] : 0;
                for (int draw = 0; draw < draws; draw++)
                {
                    long at = ((long)place.Row * draws + draw) * columns + place.Column;
                    float upstream = dy[at];
                    shiftSum += upstream;
                    factorSum = KernelMath.FusedMultiplyAdd(upstream, x[at], factorSum);
                    if ((wanted & 1) != 0)
                    {
                        dx[at] = (wanted & 2) != 0 ? dx[at] + upstream * factor : upstream * factor;
                    }
                }

                if ((wanted & 4) != 0)
                {
                    if (TForm.HasShift)
                    {
                        dModulation[shift] = shiftSum;
                    }

                    dModulation[factorAt] = factorSum;
                }
            }
        }
    }
}
