using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>What a device can do at most, measured in this process.</summary>
/// <param name="Gflops">Fused multiply-adds in registers, 10^9 operations a second.</param>
/// <param name="Gbs">Bytes read and written by a copy, 10^9 a second. Both are 0 where nobody measured them.</param>
internal readonly record struct Peak(double Gflops, double Gbs)
{
    /// <summary>Measures a device; takes a second or two.</summary>
    public static Peak Measure(Device device) => device is HostDevice host
        ? new Peak(PeakMeasure.Gflops(host), PeakMeasure.Bandwidth(host))
        : new Peak(DevicePeak.Gflops(device), DevicePeak.Bandwidth(device));
}
