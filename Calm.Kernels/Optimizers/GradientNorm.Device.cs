using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel, one team a piece; the pieces' sums are added on the host, where the norm is needed.</content>
public static unsafe partial class GradientNorm
{
    static partial void ComputeOnDevice(Tensor gradients, ParameterRanges ranges, Tensor slots, ref bool done)
    {
        IlgpuDevice gpu = gradients.Gpu();
        if (gpu.Family == KernelFamily.Direct)
        {
            SumSquares<LaneTeam>(gpu, gradients, ranges, slots);
        }
        else if (gpu.HasSmallGroups)
        {
            SumSquares<GroupTeam<Group16>>(gpu, gradients, ranges, slots);
        }
        else
        {
            SumSquares<GroupTeam<Group128>>(gpu, gradients, ranges, slots);
        }

        done = true;
    }

    private static void SumSquares<TTeam>(IlgpuDevice gpu, Tensor gradients, ParameterRanges ranges, Tensor slots)
        where TTeam : struct, IRowTeam
    {
        if (ranges.Count > 0)
        {
            gpu.Kernel<ArrayView<int>, ArrayView<float>, ArrayView<float>>(SumSquaresKernel<TTeam>)(
                gpu.Queue, new KernelConfig(ranges.Count, TTeam.Size), ranges.Table.IntegerView(), gradients.View(),
                slots.View());
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
    private static void SumSquaresKernel<TTeam>(ArrayView<int> table, ArrayView<float> gradients, ArrayView<float> slots)
        where TTeam : struct, IRowTeam
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(TTeam.SharedSize);
        int piece = Grid.IdxX * ParameterRanges.FieldsPerRange;
        float sum = TTeam.Sum(new Square(gradients, table[piece]), table[piece + 1], shared);
        if (Group.IdxX == 0)
        {
            slots[Grid.IdxX] = sum;
        }
    }

    private readonly struct Square(ArrayView<float> gradients, int start) : IRowTerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float At(int place) => gradients[start + place] * gradients[start + place];
    }
}
