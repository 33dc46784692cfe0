using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel; the factor is read where it is, on the device.</content>
internal static unsafe partial class GradientSum
{
    static partial void GiveOnDevice(Tensor gradient, Tensor? factor, GradientTarget target, ref bool done)
    {
        IlgpuDevice gpu = gradient.Gpu();
        gpu.Kernel<ArrayView<float>, ArrayView<float>, int, ArrayView<float>, int>(ScaleKernel)(
            gpu.Queue, Launch.Items(gpu, gradient.Count), gradient.View(), (factor ?? gradient).View(),
            factor is null ? 0 : 1, target.Tensor.View(), target.Accumulate ? 1 : 0);
        done = true;
    }

    /// <summary>target[i] (+)= factor * source[i].</summary>
    /// <param name="source">In.</param>
    /// <param name="factor">In, a scalar, if there is one.</param>
    /// <param name="hasFactor">0 for a factor of 1.</param>
    /// <param name="target">In and out; may alias source.</param>
    /// <param name="accumulate">1 to add to target, 0 to overwrite it.</param>
    /// <remarks>Launch: one thread an element, any group size. Bound by bandwidth: reads 1 or 2 floats, writes 1.</remarks>
    private static void ScaleKernel(
        ArrayView<float> source, ArrayView<float> factor, int hasFactor, ArrayView<float> target, int accumulate)
    {
        int i = Grid.GlobalIndex.X;
        if (i < source.IntLength)
        {
            float value = hasFactor != 0 ? factor[0] * source[i] : source[i];
            target[i] = accumulate != 0 ? target[i] + value : value;
        }
    }
}
