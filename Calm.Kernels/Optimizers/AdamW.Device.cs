using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel; operation by operation the host's loop.</content>
public static unsafe partial class AdamW
{
    // Groups that share a piece. Pieces are long or many, so that there is work for every unit of a GPU.
    private const int GroupsPerPiece = 16;

    static partial void StepOnDevice(
        Tensor values, Tensor gradients, Tensor firstMoments, Tensor secondMoments, ParameterRanges ranges,
        Coefficients coefficients, ref bool done)
    {
        if (ranges.Count > 0)
        {
            IlgpuDevice gpu = values.Gpu();
            int group = gpu.HasSmallGroups ? Group16.Size : Group128.Size;
            gpu.Kernel<ArrayView<int>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, Coefficients>(
                StepKernel)(
                gpu.Queue, new KernelConfig(new Index3D(ranges.Count, GroupsPerPiece, 1), new Index3D(group, 1, 1)),
                ranges.Table.IntegerView(), values.View(), gradients.View(), firstMoments.View(), secondMoments.View(),
                coefficients);
        }

        done = true;
    }

    /// <summary>One step of the elements of all pieces.</summary>
    /// <param name="table">In, [pieces, 3]: first element, number of elements, 1 if weight decay applies.</param>
    /// <param name="values">In and out, p.</param>
    /// <param name="gradients">In, g.</param>
    /// <param name="firstMoments">In and out, m.</param>
    /// <param name="secondMoments">In and out, v.</param>
    /// <param name="k">The factors of this step.</param>
    /// <remarks>
    /// Launch: a group's x is its piece; the groups of a piece take its blocks in turn; any group size. Bound by bandwidth:
    /// reads 4 floats an element, writes 3. Numerics: the bits of the host's.
    /// </remarks>
    private static void StepKernel(
        ArrayView<int> table, ArrayView<float> values, ArrayView<float> gradients, ArrayView<float> firstMoments,
        ArrayView<float> secondMoments, Coefficients k)
    {
        int piece = Grid.IdxX * ParameterRanges.FieldsPerRange;
        int start = table[piece];
        int count = table[piece + 1];
        float keep = table[piece + 2] != 0 ? k.Keep : 1;

        // All threads of a group make the same number of turns: what lets a CPU turn them into a register's lanes.
        for (int block = Grid.IdxY * Group.DimX; block < count; block += Grid.DimY * Group.DimX)
        {
            int place = block + Group.IdxX;
            if (place < count)
            {
                int i = start + place;
                float g = gradients[i] * k.GradientFactor;
                float m = KernelMath.FusedMultiplyAdd(firstMoments[i], k.Beta1, g * k.OneMinusBeta1);
                float v = KernelMath.FusedMultiplyAdd(secondMoments[i], k.Beta2, g * g * k.OneMinusBeta2);
                float root = KernelMath.FusedMultiplyAdd(MathF.Sqrt(v), k.RootCorrection, k.Epsilon);
                firstMoments[i] = m;
                secondMoments[i] = v;
                values[i] = KernelMath.FusedMultiplyAdd(m / root, -k.StepSize, values[i] * keep);
            }
        }
    }
}
