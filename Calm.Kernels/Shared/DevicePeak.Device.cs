using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>
/// Peak arithmetic and bandwidth of an ILGPU device, measured in this process; every op on it is compared with them.
/// </summary>
internal static class DevicePeak
{
    private const int MaxThreads = 1 << 18;

    private const int Iterations = 4096;
    private const int Chains = 12;

    /// <summary>Fused multiply-adds in registers, in 10^9 FLOP/s.</summary>
    public static double Gflops(Device device)
    {
        using Arena arena = new(device, "peak");
        Tensor sink = arena.Rent(new Shape(MaxThreads), nameof(DevicePeak));
        IlgpuDevice gpu = sink.Gpu();
        return gpu.Family == KernelFamily.Direct
            ? Gflops<Lanes16>(gpu, sink, 1 << 10)
            : Gflops<KernelNumber>(gpu, sink, gpu.HasSmallGroups ? Group16.Size : MaxThreads);
    }

    private static double Gflops<TLanes>(IlgpuDevice gpu, Tensor sink, int threads)
        where TLanes : unmanaged, IKernelLanes<TLanes>
    {
        double best = PeakMeasure.Best(
            gpu, () => gpu.Launch(Launch.Items(gpu, threads), new MultiplyAddKernel<TLanes>(sink.View(), Iterations)));
        return 2.0 * Chains * TLanes.Count * Iterations * threads / best / 1e9;
    }

    /// <summary>Twelve independent chains of x * a + b in registers.</summary>
    /// <param name="sink">Out: one result a thread, so that nothing is left out.</param>
    /// <param name="iterations">Steps of each chain.</param>
    /// <remarks>Launch: any. Bound by arithmetic.</remarks>
    internal readonly struct MultiplyAddKernel<TLanes>(ArrayView<float> sink, int iterations) : IKernel
        where TLanes : unmanaged, IKernelLanes<TLanes>
    {
        public void Run()
        {
            TLanes x = TLanes.Broadcast(0.999f);
            TLanes y = TLanes.Broadcast(0.001f);
            TLanes a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
            for (int n = 0; n < iterations; n++)
            {
                a = TLanes.FusedMultiplyAdd(a, x, y);
                b = TLanes.FusedMultiplyAdd(b, x, y);
                c = TLanes.FusedMultiplyAdd(c, x, y);
                d = TLanes.FusedMultiplyAdd(d, x, y);
                e = TLanes.FusedMultiplyAdd(e, x, y);
                f = TLanes.FusedMultiplyAdd(f, x, y);
                g = TLanes.FusedMultiplyAdd(g, x, y);
                h = TLanes.FusedMultiplyAdd(h, x, y);
                i = TLanes.FusedMultiplyAdd(i, x, y);
                j = TLanes.FusedMultiplyAdd(j, x, y);
                k = TLanes.FusedMultiplyAdd(k, x, y);
                l = TLanes.FusedMultiplyAdd(l, x, y);
            }

            TLanes.Store(a + b + c + d + e + f + g + h + i + j + k + l, sink, (long)Grid.GlobalIndex.X * TLanes.Count);
        }
    }
}
