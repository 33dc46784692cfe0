using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernels, one thread an element; formulas are the host's.</content>
internal static unsafe partial class Unary<TFunction>
{
    static partial void ForwardOnDevice(Tensor x, Tensor y, ref bool done)
    {
        IlgpuDevice gpu = x.Gpu();
        gpu.Kernel<ArrayView<float>, ArrayView<float>>(ForwardKernel)(
            gpu.Queue, Launch.Items(gpu, x.Count), x.View(), y.View());
        done = true;
    }

    static partial void BackwardOnDevice(Tensor x, Tensor dy, GradientTarget dx, ref bool done)
    {
        IlgpuDevice gpu = x.Gpu();
        gpu.Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, int>(BackwardKernel)(
            gpu.Queue, Launch.Items(gpu, x.Count), x.View(), dy.View(), dx.Tensor.View(), dx.Accumulate ? 1 : 0);
        done = true;
    }

    /// <summary>y[i] = f(x[i]).</summary>
    /// <param name="x">In.</param>
    /// <param name="y">Out, as long as x; may alias it.</param>
    /// <remarks>Launch: one thread an element, any group size. Bound by bandwidth: reads and writes each element once.</remarks>
    private static void ForwardKernel(ArrayView<float> x, ArrayView<float> y)
    {
        int i = Grid.GlobalIndex.X;
        if (i < x.IntLength)
        {
            y[i] = TFunction.Forward(new KernelNumber(x[i])).Value;
        }
    }

    /// <summary>dx[i] (+)= f'(x[i]) dy[i].</summary>
    /// <param name="x">In.</param>
    /// <param name="dy">In.</param>
    /// <param name="dx">In and out; may alias dy.</param>
    /// <param name="accumulate">1 to add to dx, 0 to overwrite it.</param>
    /// <remarks>Launch: one thread an element, any group size. Bound by bandwidth: reads 2 or 3 floats, writes 1.</remarks>
    private static void BackwardKernel(ArrayView<float> x, ArrayView<float> dy, ArrayView<float> dx, int accumulate)
    {
        int i = Grid.GlobalIndex.X;
        if (i < x.IntLength)
        {
            float gradient = TFunction.Derivative(new KernelNumber(x[i])).Value * dy[i];
            dx[i] = accumulate != 0 ? dx[i] + gradient : gradient;
        }
    }
}
