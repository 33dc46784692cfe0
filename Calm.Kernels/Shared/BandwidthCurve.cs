using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Bytes a second over the size of the data: fast in the caches, slower in memory.</summary>
/// <param name="Bytes">The sizes in bytes, ascending, at least one.</param>
/// <param name="Gbs">The fastest of reading, writing, copying and changing that much, 10^9 bytes a second.</param>
internal sealed record BandwidthCurve(IReadOnlyList<double> Bytes, IReadOnlyList<double> Gbs)
{
    private const long Fewest = 1 << 15;

    /// <summary>Measures the sizes from 32 KB on, each twice the one before.</summary>
    /// <param name="device">The device.</param>
    /// <param name="most">The largest size that matters, in bytes.</param>
    public static BandwidthCurve Measure(Device device, double most)
    {
        List<double> sizes = [];
        for (double bytes = Fewest; sizes.Count == 0 || (bytes <= most && bytes <= device.MemorySize / 4.0); bytes *= 2)
        {
            sizes.Add(bytes);
        }

        return new BandwidthCurve(
            sizes,
            [.. sizes.Select(bytes => device is HostDevice host
                ? HostBandwidth.Gbs(host, (long)bytes)
                : DeviceBandwidth.Gbs(device, (long)bytes))]);
    }

    /// <summary>
    /// The roof of work on so many bytes: the rate of the largest measured size that is not larger, or of a larger one that is
    /// faster. Data that just outgrew a cache are still in it for the most part.
    /// </summary>
    public double At(double bytes) => Gbs.Skip(IndexOf(bytes)).Max();

    /// <summary>The rate of the largest size.</summary>
    public double Memory => Gbs[^1];

    private int IndexOf(double bytes)
    {
        int last = Bytes.Count - 1;
        while (last > 0 && Bytes[last] > bytes)
        {
            last--;
        }

        return last;
    }
}
