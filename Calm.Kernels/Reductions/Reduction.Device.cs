using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel, one team a row.</content>
internal readonly partial struct RowSum<TFormula>
{
    public void Run(IlgpuDevice gpu)
    {
        if (rows > 0)
        {
            gpu.LaunchRows(rows, new Reduction.SumKernel<TFormula>(
                formula, new KernelElements<FloatElements>(x, x.A, x.A), y.Tensor.View(), columns, checked((int)count),
                y.Accumulate ? 1 : 0));
        }
    }
}

/// <content>The kernel's name: Reduction and the function.</content>
public static partial class Reduction
{
    /// <summary>y[r] (+)= sum of the formula's value over the elements from r * columns on.</summary>
    /// <param name="formula">The formula's constants.</param>
    /// <param name="x">In: its operands.</param>
    /// <param name="y">Out, one element a team.</param>
    /// <param name="columns">Elements of a sum, but for the last.</param>
    /// <param name="count">Elements of all sums.</param>
    /// <param name="accumulate">1 to add to y, 0 to overwrite it.</param>
    /// <remarks>
    /// Launch: one team a sum. Shared memory: the team's. Bound by bandwidth: reads each operand once. Numerics: float
    /// accumulation in a fixed order; a NaN comes through.
    /// </remarks>
    internal readonly struct SumKernel<TFormula>(
        TFormula formula, KernelElements<FloatElements> x, ArrayView<float> y, int columns, int count, int accumulate)
        : IRowKernel
        where TFormula : unmanaged, IFormula
    {
        public void Run<TTeam>() where TTeam : struct, IRowTeam
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(TTeam.SharedSize);
            int row = Grid.IdxX;
            int places = IntrinsicMath.Min(columns, count - row * columns);
            float sum = TTeam.Sum(new Term<TFormula>(formula, x, row), places, shared);
            if (Group.IdxX == 0)
            {
                y[row] = accumulate != 0 ? y[row] + sum : sum;
            }
        }
    }

    private readonly struct Term<TFormula>(TFormula formula, KernelElements<FloatElements> x, int row) : IRowTerm
        where TFormula : unmanaged, IFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(int place) => x.At<TFormula, ForwardPass>(formula, row, place);
    }
}
