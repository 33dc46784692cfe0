using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>Peak of a GPU's tensor cores with bfloat16 operands and float32 sums, as <c>mma.sync</c> reaches it.</summary>
internal static class TensorPeak
{
    private const int GroupSize = 128;
    private const int Groups = 2048;
    private const int Iterations = 4096;

    /// <summary>Independent sums of a warp, enough to hide the time that one product takes.</summary>
    internal const int Chains = 8;

    // 16 x 16 by 16 x 8, 2 a multiply-add.
    private const double FlopsOfProduct = 2.0 * 16 * 16 * 8;

    /// <summary>Operations in 10^9 a second; 0 for devices without tensor cores, and for the emulator.</summary>
    public static double Gflops(Device device)
    {
        if (!device.HasTensorCores || device.Kind != DeviceKind.Cuda)
        {
            return 0;
        }

        using Arena arena = new(device, "tensor peak");
        Tensor sink = arena.Rent(new Shape(Groups * GroupSize), nameof(TensorPeak));
        IlgpuDevice gpu = sink.Gpu();
        KernelConfig config = new(Groups, GroupSize);
        double best = PeakMeasure.Best(gpu, () => gpu.Launch(config, new TensorMultiplyAddKernel(sink.View(), Iterations)));
        return FlopsOfProduct * Chains * Iterations * (Groups * GroupSize / TensorCore.WarpSize) / best / 1e9;
    }

    /// <summary>Eight independent chains of products of tiles of ones: each adds 16 to every sum.</summary>
    /// <param name="sink">Out: one sum a thread, so that nothing is left out.</param>
    /// <param name="iterations">Products of each chain.</param>
    /// <remarks>Launch: whole warps. Bound by tensor cores. Numerics: exact for up to 2^17 products in all.</remarks>
    internal readonly struct TensorMultiplyAddKernel(ArrayView<float> sink, int iterations) : IKernel
    {
        private const uint Ones = 0x3f803f80; // two of bfloat16

        public void Run()
        {
            TensorWords a = new() { A = Ones, B = Ones, C = Ones, D = Ones };
            TensorSums sums0 = default, sums1 = default, sums2 = default, sums3 = default;
            TensorSums sums4 = default, sums5 = default, sums6 = default, sums7 = default;
            for (int n = 0; n < iterations; n++)
            {
                sums0 = TensorCore.MultiplyAdd(a, Ones, Ones, sums0);
                sums1 = TensorCore.MultiplyAdd(a, Ones, Ones, sums1);
                sums2 = TensorCore.MultiplyAdd(a, Ones, Ones, sums2);
                sums3 = TensorCore.MultiplyAdd(a, Ones, Ones, sums3);
                sums4 = TensorCore.MultiplyAdd(a, Ones, Ones, sums4);
                sums5 = TensorCore.MultiplyAdd(a, Ones, Ones, sums5);
                sums6 = TensorCore.MultiplyAdd(a, Ones, Ones, sums6);
                sums7 = TensorCore.MultiplyAdd(a, Ones, Ones, sums7);
            }

            float sum = sums0.X + sums1.Y + sums2.Z + sums3.W + sums4.X + sums5.Y + sums6.Z + sums7.W;
            sink[Grid.GlobalIndex.X] = sum;
        }
    }
}
