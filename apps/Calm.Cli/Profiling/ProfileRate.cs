using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>
/// Rates of computation and memory with their percentage of the device's peak; null if operations or bytes are not counted.
/// </summary>
internal sealed record ProfileRate(double? Gflops, double? PercentOfPeak, double? Gbs, double? PercentOfCopy)
{
    /// <summary>The rate of calls.</summary>
    public static ProfileRate Of(IEnumerable<ProfiledCall> calls, Peak peak)
    {
        (double flops, double bytes, double seconds) = (0, 0, 0);
        foreach (ProfiledCall call in calls)
        {
            flops += call.Flops;
            bytes += call.Bytes;
            seconds += call.Seconds;
        }

        double? gflops = Rate(flops, seconds);
        double? gbs = Rate(bytes, seconds);
        return new ProfileRate(gflops, Percent(gflops, peak.Gflops), gbs, Percent(gbs, peak.Gbs));
    }

    private static double? Percent(double? rate, double peak) => peak > 0 ? 100 * rate / peak : null;

    private static double? Rate(double count, double seconds) => count > 0 && seconds > 0 ? count / seconds / 1e9 : null;
}
