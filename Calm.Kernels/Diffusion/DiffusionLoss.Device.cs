using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernels: one team a row, then one thread a pair of e and v.</content>
public static partial class DiffusionLoss
{
    private readonly partial struct Forward
    {
        public void Run(IlgpuDevice gpu)
        {
            gpu.LaunchRows(
                noise.Rows, new RowKernel(new KernelOperands(output, noise, latents, constants), rows.View()));
            ScalarSum.Run(gpu, rows, noise.Rows, 1f / noise.Rows, 0, loss);
        }
    }

    private readonly partial struct Backward
    {
        public void Run(IlgpuDevice gpu) => gpu.LaunchMatrix(
            noise.Rows, noise.Columns,
            new BackwardKernel(
                new KernelOperands(output, noise, latents, constants), scale, dLoss.View(), dOutput.Tensor.View(),
                dOutput.Accumulate ? 1 : 0, noise.Rows));
    }

    internal readonly struct KernelOperands(Tensor output, Tensor noise, Tensor latents, Tensor constants)
    {
        private readonly ArrayView<float> _output = output.View();
        private readonly ArrayView<float> _noise = noise.View();
        private readonly ArrayView<float> _latents = latents.View();
        private readonly ArrayView<float> _constants = constants.View();

        public int Columns { get; } = noise.Columns;

        /// <summary>Of an element: e - noise, and the bound's term in nats with its slope in v.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Term(int row, int c, out float difference, out float slope)
        {
            long at = (long)row * Columns + c;
            long seen = at + (long)row * Columns;
            long first = (long)row * DiffusionConstants.Count;
            Variance variance = new(
                _constants[first + DiffusionConstants.Gap], _constants[first + DiffusionConstants.LogMin],
                _constants[first + DiffusionConstants.LogMax]);
            KernelNumber gap = new(_output[seen] - _noise[at]);
            KernelNumber v = new(_output[seen + Columns]);
            KernelNumber steep;
            KernelNumber term = _constants[first + DiffusionConstants.IsFirst] != 0
                ? variance.Surprise(gap, v, new KernelNumber(_latents[at]), out steep)
                : variance.Divergence(gap, v, out steep);
            difference = gap.Value;
            slope = steep.Value;
            return term.Value;
        }
    }

    private readonly struct RowTerm(KernelOperands operands, int row) : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(int c)
        {
            float term = operands.Term(row, c, out float difference, out _);
            return KernelMath.FusedMultiplyAdd(difference, difference, BitsPerNat * term);
        }
    }

    /// <summary>rows[r] = mean over l of (e - noise)^2 + the bound's term of the row's step in bits.</summary>
    /// <param name="operands">In: [R, 2 L], [R, L], [R, L] and [R, 6].</param>
    /// <param name="rows">Out, [R].</param>
    /// <remarks>
    /// Launch: R teams. Shared memory: the team's. Bound by two exponentials an element. Numerics: float accumulation in a
    /// fixed order; a NaN comes through. Definition: DiffusionLoss.Reference.
    /// </remarks>
    internal readonly struct RowKernel(KernelOperands operands, ArrayView<float> rows) : IRowKernel
    {
        public void Run<TTeam>() where TTeam : struct, IRowTeam
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(TTeam.SharedSize);
            float sum = TTeam.Sum(new RowTerm(operands, Grid.IdxX), operands.Columns, shared);
            if (Group.IdxX == 0)
            {
                rows[Grid.IdxX] = sum / operands.Columns;
            }
        }
    }

    /// <summary>dOutput[r] (+)= dLoss * scale * [2 (e - noise), slope in v / ln 2].</summary>
    /// <param name="operands">In, as for the forward kernel.</param>
    /// <param name="scale">1 / (R L).</param>
    /// <param name="dLoss">In, a scalar in device memory.</param>
    /// <param name="dOutput">In and out, [R, 2 L].</param>
    /// <param name="accumulate">1 to add to dOutput, 0 to overwrite it.</param>
    /// <param name="rows">R.</param>
    /// <remarks>Launch: <see cref="Launch.Matrix"/> of [R, L]. Bound as the forward kernel.</remarks>
    internal readonly struct BackwardKernel(
        KernelOperands operands, float scale, ArrayView<float> dLoss, ArrayView<float> dOutput, int accumulate, int rows)
        : IKernel
    {
        public void Run()
        {
            MatrixPlace place = new(rows, operands.Columns);
            if (place.IsInside)
            {
                operands.Term(place.Row, place.Column, out float difference, out float slope);
                float factor = scale * dLoss[0];
                long seen = 2L * place.Row * operands.Columns + place.Column;
                long variance = seen + operands.Columns;
                float dSeen = 2 * factor * difference;
                float dVariance = BitsPerNat * factor * slope;
                dOutput[seen] = accumulate != 0 ? dOutput[seen] + dSeen : dSeen;
                dOutput[variance] = accumulate != 0 ? dOutput[variance] + dVariance : dVariance;
            }
        }
    }
}
