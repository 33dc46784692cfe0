using Calm.Kernels;
using Calm.Runtime;
using ILGPU;

namespace OwnOp;

/// <content>The kernels, one thread an element, for CUDA, OpenCL and the emulator.</content>
public static unsafe partial class QuickGelu
{
    private readonly partial struct Forward
    {
        public void Run(IlgpuDevice gpu) => gpu.Launch(Launch.Items(gpu, x.Count), new ForwardKernel(x.View(), y.View()));
    }

    private readonly partial struct Backward
    {
        public void Run(IlgpuDevice gpu) => gpu.Launch(
            Launch.Items(gpu, x.Count), new BackwardKernel(x.View(), dy.View(), dx.Tensor.View(), dx.Accumulate ? 1 : 0));
    }

    // Kernels are public structs: ILGPU's CPU accelerator must see them.
    public readonly struct ForwardKernel(ArrayView<float> x, ArrayView<float> y) : IKernel
    {
        public void Run()
        {
            int i = Grid.GlobalIndex.X;
            if (i < x.IntLength)
            {
                y[i] = Value(new KernelNumber(x[i])).Value;
            }
        }
    }

    public readonly struct BackwardKernel(ArrayView<float> x, ArrayView<float> dy, ArrayView<float> dx, int accumulate) : IKernel
    {
        public void Run()
        {
            int i = Grid.GlobalIndex.X;
            if (i < x.IntLength)
            {
                float gradient = Derivative(new KernelNumber(x[i])).Value * dy[i];
                dx[i] = accumulate != 0 ? dx[i] + gradient : gradient;
            }
        }
    }
}
