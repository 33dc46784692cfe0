using System.Diagnostics;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>What a device of ILGPU can do at most, measured in this process: the yardstick for every op on it.</summary>
internal static partial class DevicePeak
{
    private const int Rounds = 6;
    private const int MostResults = 1 << 18;

    // 128 MB: more than caches hold.
    private const int CopiedFloats = 1 << 25;

    /// <summary>Fused multiply-adds in registers, in 10^9 FLOP/s.</summary>
    public static double Gflops(Device device)
    {
        using Arena arena = new(device, "peak");
        Tensor sink = arena.Rent(new Shape(MostResults), nameof(DevicePeak));
        double flops = 0;
        double best = Best(device, () => MultiplyAdd(sink, ref flops));
        return flops / best / 1e9;
    }

    /// <summary>Bytes read and written by copying an array, in 10^9 a second.</summary>
    public static double Bandwidth(Device device)
    {
        using Arena arena = new(device, "bandwidth");
        Tensor source = arena.Rent(new Shape(CopiedFloats), nameof(DevicePeak));
        Tensor target = arena.Rent(new Shape(CopiedFloats), nameof(DevicePeak));
        source.Clear();
        double best = Best(device, () => device.Copy(source, target));
        return 2.0 * CopiedFloats * Tensor.ElementSize / best / 1e9;
    }

    private static double Best(Device device, Action run)
    {
        run();
        device.Synchronize();
        double best = double.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            run();
            device.Synchronize();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    static partial void MultiplyAdd(Tensor sink, ref double flops);
}
