using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel, one group a piece; the pieces' sums are added on the host, where the norm is needed.</content>
public static unsafe partial class GradientNorm
{
    static partial void ComputeOnDevice(Tensor gradients, ParameterRanges ranges, Tensor slots, ref bool done)
    {
        if (ranges.Count > 0 && gradients.Gpu().HasSmallGroups)
        {
            SumSquares<Group16>(gradients, ranges, slots);
        }
        else if (ranges.Count > 0)
        {
            SumSquares<Group128>(gradients, ranges, slots);
        }

        done = true;
    }

    private static void SumSquares<TGroup>(Tensor gradients, ParameterRanges ranges, Tensor slots)
        where TGroup : struct, IGroupSize
    {
        IlgpuDevice gpu = gradients.Gpu();
        gpu.Kernel<ArrayView<int>, ArrayView<float>, ArrayView<float>>(SumSquaresKernel<TGroup>)(
            gpu.Queue, new KernelConfig(ranges.Count, TGroup.Size), ranges.Table.IntegerView(), gradients.View(),
            slots.View());
    }

    /// <summary>slots[p] = sum of g^2 over the elements of piece p.</summary>
    /// <param name="table">In, [pieces, 3]: first element, number of elements, unused.</param>
    /// <param name="gradients">In, g.</param>
    /// <param name="slots">Out, [pieces].</param>
    /// <remarks>
    /// Launch: one group of TGroup threads a piece. Shared memory: 4 B a thread. Bound by bandwidth: reads 1 float an
    /// element. Numerics: each thread adds every TGroup-th square, then a tree.
    /// </remarks>
    private static void SumSquaresKernel<TGroup>(ArrayView<int> table, ArrayView<float> gradients, ArrayView<float> slots)
        where TGroup : struct, IGroupSize
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(TGroup.Size);
        int piece = Grid.IdxX * ParameterRanges.FieldsPerRange;
        int start = table[piece];
        int count = table[piece + 1];
        float squares = 0;
        for (int block = 0; block < count; block += TGroup.Size)
        {
            int place = block + Group.IdxX;
            float g = place < count ? gradients[start + place] : 0;
            squares = KernelMath.FusedMultiplyAdd(g, g, squares);
        }

        float sum = GroupSum.Of<TGroup>(squares, shared);
        if (Group.IdxX == 0)
        {
            slots[Grid.IdxX] = sum;
        }
    }
}
