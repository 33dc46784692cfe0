using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel, one team a piece; the host adds the pieces' sums.</content>
public static partial class GradientNorm
{
    private readonly partial struct Forward
    {
        public void Run(IlgpuDevice gpu)
        {
            if (ranges.Count > 0)
            {
                gpu.LaunchRows(
                    ranges.Count, new SumSquaresKernel(ranges.Table.IntegerView(), gradients.View(), slots.View()));
            }
        }
    }

    /// <summary>slots[p] = sum of g^2 over the elements of piece p.</summary>
    /// <param name="table">In, [pieces, 3]: first element, number of elements, unused.</param>
    /// <param name="gradients">In, g.</param>
    /// <param name="slots">Out, [pieces].</param>
    /// <remarks>
    /// Launch: one team a piece. Shared memory: the team's. Bound by bandwidth: reads 1 float an element. Numerics: float
    /// sums in the team's order; a NaN makes its piece NaN.
    /// </remarks>
    internal readonly struct SumSquaresKernel(ArrayView<int> table, ArrayView<float> gradients, ArrayView<float> slots)
        : IRowKernel
    {
        public void Run<TTeam>() where TTeam : struct, IRowTeam
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(TTeam.SharedSize);
            int piece = Grid.IdxX * ParameterRanges.FieldsPerRange;
            float sum = TTeam.Sum(new Square(gradients, table[piece]), table[piece + 1], shared);
            if (Group.IdxX == 0)
            {
                slots[Grid.IdxX] = sum;
            }
        }
    }

    private readonly struct Square(ArrayView<float> gradients, int start) : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(int place) => gradients[start + place] * gradients[start + place];
    }
}
