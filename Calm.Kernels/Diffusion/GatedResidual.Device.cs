using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernels: forward one thread an element, backward one a column of a position, for all its draws.</content>
public static unsafe partial class GatedResidual
{
    static partial void ForwardOnDevice(
        Tensor x, Tensor branch, Tensor modulation, int first, int draws, Tensor y, ref bool done)
    {
        IlgpuDevice gpu = y.Gpu();
        gpu.Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, int, int, int, ArrayView<float>, int, int>(
            ForwardKernel)(
            gpu.Queue, Launch.Matrix(gpu, y.Rows, y.Columns), x.View(), branch.View(), modulation.View(),
            modulation.Columns, first, draws, y.View(), y.Rows, y.Columns);
        done = true;
    }

    static partial void BackwardOnDevice(
        Tensor branch, Tensor modulation, int first, int draws, Tensor dy, GradientTarget? dBranch, Tensor? dModulation,
        ref bool done)
    {
        // Kernels take no null: what is not wanted is replaced by something that is not written.
        IlgpuDevice gpu = dy.Gpu();
        int wanted = (dBranch is null ? 0 : 1) + (dBranch is { Accumulate: true } ? 2 : 0) + (dModulation is null ? 0 : 4);
        gpu.Kernel<ArrayView<float>, ArrayView<float>, int, int, int, ArrayView<float>, ArrayView<float>, ArrayView<float>,
            int, int, int>(BackwardKernel)(
            gpu.Queue, Launch.Matrix(gpu, modulation.Rows, branch.Columns), branch.View(), modulation.View(),
            modulation.Columns, first, draws, dy.View(), (dBranch?.Tensor ?? dy).View(), (dModulation ?? dy).View(), wanted,
            modulation.Rows, branch.Columns);
        done = true;
    }

    /// <summary>y[r, c] = x[r, c] + gate[r / S, c] branch[r, c].</summary>
    /// <param name="x">In, [P S, C].</param>
    /// <param name="branch">In, [P S, C].</param>
    /// <param name="modulation">In, [P, stride]: gates from column first on.</param>
    /// <param name="stride">Columns of the modulation.</param>
    /// <param name="first">First column of the gates.</param>
    /// <param name="draws">S.</param>
    /// <param name="y">Out, [P S, C]; may alias x or branch.</param>
    /// <param name="rows">P S.</param>
    /// <param name="columns">C.</param>
    /// <remarks>
    /// Launch: <see cref="Launch.Matrix"/> of y. Bound by bandwidth: reads 2 P S C + P C floats, writes P S C. Numerics: the
    /// same bits as the host. Definition: GatedResidual.Reference.
    /// </remarks>
    private static void ForwardKernel(
        ArrayView<float> x, ArrayView<float> branch, ArrayView<float> modulation, int stride, int first, int draws,
        ArrayView<float> y, int rows, int columns)
    {
        MatrixPlace place = new(rows, columns);
        if (place.IsInside)
        {
            long at = (long)place.Row * columns + place.Column;
            float gate = modulation[(long)(place.Row / draws) * stride + first + place.Column];
            y[at] = KernelMath.FusedMultiplyAdd(gate, branch[at], x[at]);
        }
    }

    /// <summary>dBranch (+)= dy gate; dGate += sum over draws of dy branch.</summary>
    /// <param name="branch">In, [P S, C].</param>
    /// <param name="modulation">In, [P, stride].</param>
    /// <param name="stride">Columns of the modulation.</param>
    /// <param name="first">First column of the gates.</param>
    /// <param name="draws">S.</param>
    /// <param name="dy">In, [P S, C].</param>
    /// <param name="dBranch">In and out, [P S, C].</param>
    /// <param name="dModulation">In and out, [P, stride].</param>
    /// <param name="wanted">1: dBranch is wanted; 2: it is added to; 4: dModulation is wanted.</param>
    /// <param name="positions">P.</param>
    /// <param name="columns">C.</param>
    /// <remarks>Launch: <see cref="Launch.Matrix"/> of [P, C]. Bound by bandwidth: reads 2 P S C floats.</remarks>
    private static void BackwardKernel(
        ArrayView<float> branch, ArrayView<float> modulation, int stride, int first, int draws, ArrayView<float> dy,
        ArrayView<float> dBranch, ArrayView<float> dModulation, int wanted, int positions, int columns)
    {
        MatrixPlace place = new(positions, columns);
        if (place.IsInside)
        {
            long at = (long)place.Row * stride + first + place.Column;
            float gate = modulation[at];
            float sum = (wanted & 4) != 0 ? dModulation[at] : 0;
            for (int draw = 0; draw < draws; draw++)
            {
                long row = ((long)place.Row * draws + draw) * columns + place.Column;
                float upstream = dy[row];
                sum = KernelMath.FusedMultiplyAdd(upstream, branch[row], sum);
                if ((wanted & 1) != 0)
                {
                    dBranch[row] = (wanted & 2) != 0 ? dBranch[row] + upstream * gate : upstream * gate;
                }
            }

            if ((wanted & 4) != 0)
            {
                dModulation[at] = sum;
            }
        }
    }
}
