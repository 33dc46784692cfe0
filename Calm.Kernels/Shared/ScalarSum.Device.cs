using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>
/// Adds up a tensor into a scalar without leaving the device, as a loss adds up the terms of its positions.
/// </summary>
internal static class ScalarSum
{
    /// <summary>target = factor * sum of the first half of values + otherFactor * sum of the second.</summary>
    /// <param name="gpu">The device of the tensors.</param>
    /// <param name="values">In.</param>
    /// <param name="half">First index of the second half.</param>
    /// <param name="factor">For the first half.</param>
    /// <param name="otherFactor">For the second.</param>
    /// <param name="target">Out, a scalar.</param>
    public static void Run(IlgpuDevice gpu, Tensor values, int half, float factor, float otherFactor, Tensor target) =>
        gpu.LaunchGroups(new Index3D(1, 1, 1), new SumKernel(values.View(), half, factor, otherFactor, target.View()));

    /// <summary>target[0] = factor * sum of values[i], i below half, + otherFactor * sum of the others.</summary>
    /// <param name="values">In, any number.</param>
    /// <param name="half">First index of the second half.</param>
    /// <param name="factor">For the first half.</param>
    /// <param name="otherFactor">For the second.</param>
    /// <param name="target">Out, one element.</param>
    /// <remarks>
    /// Launch: one group of TGroup threads. Shared memory: 4 B a thread. Bound by latency: a thread reads every TGroup-th
    /// value. Numerics: a thread's sum carries what each addition rounded away (Kahan), since tens of thousands of plain
    /// float additions would lose three digits; then a tree. Fixed order; a NaN comes through.
    /// </remarks>
    internal readonly struct SumKernel(
        ArrayView<float> values, int half, float factor, float otherFactor, ArrayView<float> target) : IGroupKernel
    {
        public void Run<TGroup>() where TGroup : struct, IGroupSize
        {
            ArrayView<float> shared = SharedMemory.Allocate<float>(TGroup.Size);
            float sum = 0;
            float lost = 0;
            for (int i = Group.IdxX; i < values.IntLength; i += TGroup.Size)
            {
                float term = values[i] * (i < half ? factor : otherFactor) - lost;
                float next = sum + term;
                lost = next - sum - term;
                sum = next;
            }

            sum = GroupSum.Of<TGroup>(sum, shared);
            if (Group.IdxX == 0)
            {
                target[0] = sum;
            }
        }
    }
}
