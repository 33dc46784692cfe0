using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel, one thread an element.</content>
internal static unsafe partial class RoundingCopy
{
    static partial void RunOnDevice(Tensor x, Tensor y, ref bool done)
    {
        if (x.Count > 0)
        {
            IlgpuDevice gpu = x.Gpu();
            gpu.Kernel<ArrayView<float>, ArrayView<float>>(RoundKernel)(
                gpu.Queue, Launch.Items(gpu, x.Count), x.View(), y.View());
        }

        done = true;
    }

    /// <summary>y[i] = x[i] rounded to bfloat16.</summary>
    /// <param name="x">In.</param>
    /// <param name="y">Out.</param>
    /// <remarks>Launch: one thread an element, any group size. Bound by bandwidth: reads and writes each element once.</remarks>
    private static void RoundKernel(ArrayView<float> x, ArrayView<float> y)
    {
        int i = Grid.GlobalIndex.X;
        if (i < x.IntLength)
        {
            y[i] = BFloat16.RoundToFloat(x[i]);
        }
    }
}
