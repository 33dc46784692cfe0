using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>The kernel: twelve independent chains a thread.</content>
internal static partial class DevicePeak
{
    private const int Iterations = 4096;
    private const int Chains = 12;

    static partial void MultiplyAdd(Tensor sink, ref double flops)
    {
        IlgpuDevice gpu = sink.Gpu();
        if (gpu.Family == KernelFamily.Direct)
        {
            MultiplyAdd<Lanes16>(gpu, sink, 1 << 10, ref flops);
        }
        else
        {
            MultiplyAdd<KernelNumber>(gpu, sink, gpu.HasSmallGroups ? Group16.Size : MostResults, ref flops);
        }
    }

    private static void MultiplyAdd<TLanes>(IlgpuDevice gpu, Tensor sink, int threads, ref double flops)
        where TLanes : unmanaged, IKernelLanes<TLanes>
    {
        gpu.Kernel<ArrayView<float>, int>(MultiplyAddKernel<TLanes>)(
            gpu.Queue, Launch.Items(gpu, threads), sink.View(), Iterations);
        flops = 2.0 * Chains * TLanes.Count * Iterations * threads;
    }

    /// <summary>Chains of x * a + b in registers.</summary>
    /// <param name="sink">Out: one result a thread, so that nothing is left out.</param>
    /// <param name="iterations">Steps of each chain.</param>
    /// <remarks>Launch: any. Bound by arithmetic.</remarks>
    private static void MultiplyAddKernel<TLanes>(ArrayView<float> sink, int iterations)
        where TLanes : unmanaged, IKernelLanes<TLanes>
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
