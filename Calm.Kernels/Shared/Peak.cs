using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>The peak rates of a device, measured in this process.</summary>
/// <param name="Gflops">Fused multiply-adds in registers, 10^9 operations a second.</param>
/// <param name="Gbs">Bytes read and written by a copy, 10^9 a second. Both are 0 if they were not measured.</param>
internal readonly record struct Peak(double Gflops, double Gbs)
{
    /// <summary>Products of bfloat16 operands on tensor cores, in 10^9 operations a second; 0 where there are none.</summary>
    public double TensorGflops { get; init; }

    /// <summary>Measures a device; takes a second or two.</summary>
    public static Peak Measure(Device device) => new(
        MultiplyAdds(device),
        device is HostDevice host ? PeakMeasure.Bandwidth(host) : DeviceBandwidth.Gbs(device))
    {
        TensorGflops = TensorPeak.Gflops(device),
    };

    /// <summary>The peak of a device's products in its precision, with the same bandwidth.</summary>
    public Peak OfProducts(Device device) =>
        device.Precision == Precision.BFloat16 && TensorGflops > 0 ? this with { Gflops = TensorGflops } : this;

    /// <summary>Measures the fused multiply-adds alone, in 10^9 operations a second; takes some milliseconds.</summary>
    public static double MultiplyAdds(Device device) =>
        device is HostDevice host ? PeakMeasure.Gflops(host) : DevicePeak.Gflops(device);
}
