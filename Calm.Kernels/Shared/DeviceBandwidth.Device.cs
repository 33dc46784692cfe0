using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>Measures how fast an ILGPU device reads and writes data: by kernels of its own, and by its driver's copy.</summary>
internal static class DeviceBandwidth
{
    // 256 MB: more than caches hold.
    private const long LargeBytes = 1L << 28;
    private const long BytesPerCall = 1 << 23;
    private const int Rounds = 8;

    /// <summary>The rate for data that no cache holds, in 10^9 bytes a second.</summary>
    public static double Gbs(Device device) => Gbs(device, LargeBytes);

    /// <summary>
    /// The fastest of copying and of changing in place, for data of so many bytes altogether, in 10^9 bytes a second. A device
    /// that is profiled leaves launches out, as the times of ops do.
    /// </summary>
    public static double Gbs(Device device, long bytes)
    {
        using Arena arena = new(device, "bandwidth");
        long most = device.MemorySize / (8 * Tensor.ElementSize); // a small device keeps the most
        long vectors = Math.Min(bytes / (2 * Tensor.ElementSize), most) / Lanes16.Count;
        int floats = (int)Math.Max(1, vectors) * Lanes16.Count;
        Tensor source = arena.Rent(new Shape(floats), nameof(DeviceBandwidth));
        Tensor target = arena.Rent(new Shape(floats), nameof(DeviceBandwidth));
        source.Clear();
        target.Clear();
        IlgpuDevice gpu = source.Gpu();
        double seconds = gpu.HasSmallGroups ? double.MaxValue // the emulator, whose threads cost more than what they move
            : gpu.Family == KernelFamily.Direct ? Fastest<Lanes16>(gpu, source, target)
            : Fastest<Lanes4>(gpu, source, target);
        return 2.0 * floats * Tensor.ElementSize / 1e9 / Math.Min(seconds, Copied(device, source, target));
    }

    // The driver's copies do not wait for each other.
    private static double Copied(Device device, Tensor source, Tensor target)
    {
        long copies = Math.Max(1, BytesPerCall / (2L * source.Count * Tensor.ElementSize));
        return PeakMeasure.Best(device, () =>
        {
            for (int i = 0; i < copies; i++)
            {
                device.Copy(source, target);
            }
        }) / copies;
    }

    private static double Fastest<TLanes>(IlgpuDevice gpu, Tensor source, Tensor target)
        where TLanes : unmanaged, IKernelLanes<TLanes>
    {
        int threads = (int)(source.Count / TLanes.Count);
        KernelConfig config = Launch.Items(gpu, threads);
        return Math.Min(
            Seconds(gpu, () => gpu.Launch(config, new CopyLanesKernel<TLanes>(source.View(), target.View(), threads))),
            Seconds(gpu, () => gpu.Launch(config, new ChangeLanesKernel<TLanes>(source.View(), threads))));
    }

    private static double Seconds(IlgpuDevice gpu, Action launch)
    {
        if (!gpu.HasTimer)
        {
            return PeakMeasure.Best(gpu, launch);
        }

        launch();
        return Enumerable.Range(0, Rounds).Min(
            _ => Profiler.Run(gpu, launch).Calls.Sum(call => call.Kernels.Sum(kernel => kernel.Seconds)));
    }

    /// <summary>Copies numbers, the lanes of a vector a thread.</summary>
    /// <param name="source">In, [threads * lanes].</param>
    /// <param name="target">Out, of the same size.</param>
    /// <param name="threads">Number of vectors.</param>
    /// <remarks>Launch: a thread a vector. Bound by bandwidth.</remarks>
    internal readonly struct CopyLanesKernel<TLanes>(ArrayView<float> source, ArrayView<float> target, int threads) : IKernel
        where TLanes : unmanaged, IKernelLanes<TLanes>
    {
        public void Run()
        {
            int thread = Grid.GlobalIndex.X;
            if (thread < threads)
            {
                TLanes.Store(TLanes.Load(source, (long)thread * TLanes.Count), target, (long)thread * TLanes.Count);
            }
        }
    }

    /// <summary>Adds one to numbers in place, the lanes of a vector a thread.</summary>
    /// <param name="data">In and out, [threads * lanes].</param>
    /// <param name="threads">Number of vectors.</param>
    /// <remarks>Launch: a thread a vector. Bound by bandwidth.</remarks>
    internal readonly struct ChangeLanesKernel<TLanes>(ArrayView<float> data, int threads) : IKernel
        where TLanes : unmanaged, IKernelLanes<TLanes>
    {
        public void Run()
        {
            int thread = Grid.GlobalIndex.X;
            if (thread < threads)
            {
                long at = (long)thread * TLanes.Count;
                TLanes.Store(TLanes.Load(data, at) + TLanes.Broadcast(1), data, at);
            }
        }
    }
}
