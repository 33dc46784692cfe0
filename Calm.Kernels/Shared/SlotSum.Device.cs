using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel, one thread a column.</content>
internal static unsafe partial class SlotSum
{
    /// <summary>Adds the slots on a device.</summary>
    /// <param name="gpu">The device.</param>
    /// <param name="slots">In, [S, C].</param>
    /// <param name="target">Out, [C].</param>
    public static void Run(IlgpuDevice gpu, Tensor slots, GradientTarget target) => gpu.LaunchItems(
        slots.Columns,
        new SlotSumKernel(slots.View(), target.Tensor.View(), slots.Rows, slots.Columns, target.Accumulate ? 1 : 0));

    /// <summary>y[c] (+)= sum over s of slots[s, c], in the order of s.</summary>
    /// <param name="slots">In, [S, C].</param>
    /// <param name="y">In and out, [C].</param>
    /// <param name="slotCount">S.</param>
    /// <param name="columns">C.</param>
    /// <param name="accumulate">1 to add to y, 0 to overwrite it.</param>
    /// <remarks>Launch: one thread a column, any group size. Bound by bandwidth: reads S C floats.</remarks>
    internal readonly struct SlotSumKernel(
        ArrayView<float> slots, ArrayView<float> y, int slotCount, int columns, int accumulate) : IKernel
    {
        public void Run()
        {
            int c = Grid.GlobalIndex.X;
            if (c < columns)
            {
                float sum = accumulate != 0 ? y[c] : 0;
                for (int slot = 0; slot < slotCount; slot++)
                {
                    sum += slots[slot * columns + c];
                }

                y[c] = sum;
            }
        }
    }
}
