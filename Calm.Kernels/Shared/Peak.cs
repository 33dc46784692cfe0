using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>The peak rates of a device, measured in this process.</summary>
/// <param name="Gflops">Fused multiply-adds in registers, 10^9 operations a second.</param>
/// <param name="Gbs">Bytes read and written by a copy, 10^9 a second. Both are 0 if they were not measured.</param>
internal readonly record struct Peak(double Gflops, double Gbs)
{
    /// <summary>Measures a device; takes a second or two.</summary>
    public static Peak Measure(Device device) => new(
        MultiplyAdds(device),
        device is HostDevice host ? PeakMeasure.Bandwidth(host) : DevicePeak.Bandwidth(device));

    /// <summary>Measures the fused multiply-adds alone, in 10^9 operations a second; takes some milliseconds.</summary>
    public static double MultiplyAdds(Device device) =>
        device is HostDevice host ? PeakMeasure.Gflops(host) : DevicePeak.Gflops(device);
}
