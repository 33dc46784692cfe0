using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>A rate that was measured before and after the ops.</summary>
/// <param name="Before">The rate before.</param>
/// <param name="After">The rate after.</param>
internal readonly record struct TwiceMeasured(double Before, double After)
{
    private const double MostDrift = 0.1;

    /// <summary>The greater of both.</summary>
    public double Rate => Math.Max(Before, After);

    /// <summary>The difference as a fraction of the greater.</summary>
    public double Drift => Rate > 0 ? Math.Abs(Before - After) / Rate : 0;

    /// <summary>Whether both are close enough for the rate to serve as a roof.</summary>
    public bool IsSteady => Drift <= MostDrift;
}

/// <summary>The bound under which an op is put: the slower of its arithmetic and its bytes at full rate.</summary>
/// <param name="Name">In words, such as "257 GFLOP/s" or "80 GB/s of 4 MB".</param>
/// <param name="Seconds">The time at that rate.</param>
/// <param name="IsSteady">Whether the rate was the same before and after.</param>
internal readonly record struct Roof(string Name, double Seconds, bool IsSteady);

/// <summary>The rates that a device reaches, measured before and after the ops in the same process.</summary>
/// <param name="before">Arithmetic and bandwidth before.</param>
/// <param name="after">The same after.</param>
/// <param name="device">The device.</param>
internal sealed class Roofs(Roofs.Reading before, Roofs.Reading after, Device device)
{
    // The emulator's bandwidth is that of a copy, which a kernel may pass.
    private readonly string _source = device.Kind == DeviceKind.Emulated ? " by a copy" : "";

    /// <summary>One reading of all rates.</summary>
    internal sealed record Reading(Peak Peak, BandwidthCurve Bandwidth)
    {
        /// <summary>Measures a device; takes a second or two.</summary>
        /// <param name="device">The device.</param>
        /// <param name="most">Bytes of the largest data of which the bandwidth matters.</param>
        public static Reading Of(Device device, double most) =>
            new(Peak.Measure(device), BandwidthCurve.Measure(device, most));
    }

    /// <summary>The fastest arithmetic between both readings, 10^9 operations a second; 0 if not measured.</summary>
    public double GflopsBetween { get; init; }

    /// <summary>Arithmetic and memory by the greatest of the readings.</summary>
    public Peak Peak => Best with { Gflops = Math.Max(Best.Gflops, GflopsBetween) };

    private Peak Best { get; } = new(Math.Max(before.Peak.Gflops, after.Peak.Gflops), Math.Max(before.Peak.Gbs, after.Peak.Gbs))
    {
        TensorGflops = Math.Max(before.Peak.TensorGflops, after.Peak.TensorGflops),
    };

    /// <summary>The bandwidth over size, by the greater of both readings.</summary>
    public BandwidthCurve Bandwidth { get; } =
        before.Bandwidth with { Gbs = [.. before.Bandwidth.Gbs.Zip(after.Bandwidth.Gbs, Math.Max)] };

    /// <summary>The roof of a call.</summary>
    /// <param name="cost">Its operations and bytes.</param>
    /// <param name="data">Bytes of the data that it works on, which decide the cache that holds them.</param>
    /// <param name="isRounded">Whether it multiplies in the device's precision.</param>
    /// <param name="cache">Whether its bytes come from the caches.</param>
    public Roof Of(Cost cost, double data, bool isRounded, CacheState cache)
    {
        TwiceMeasured arithmetic = new(Gflops(before.Peak, isRounded), Gflops(after.Peak, isRounded));
        TwiceMeasured bytes = cache == CacheState.Cold
            ? new(before.Bandwidth.Memory, after.Bandwidth.Memory)
            : new(before.Bandwidth.At(data), after.Bandwidth.At(data));
        double gflops = Math.Max(arithmetic.Rate, GflopsBetween);
        double computing = cost.Flops / (gflops * 1e9);
        double moving = cost.Bytes / (bytes.Rate * 1e9);
        string where = cache == CacheState.Cold ? "memory" : Size(data);
        return computing > moving
            ? new Roof($"{gflops:F0} GFLOP/s", computing, arithmetic.IsSteady)
            : new Roof($"{bytes.Rate:F0} GB/s of {where}{_source}", moving, bytes.IsSteady);
    }

    /// <summary>A line for each rate that moved too much; empty if none did.</summary>
    public IEnumerable<string> Unsteady()
    {
        TwiceMeasured arithmetic = new(before.Peak.Gflops, after.Peak.Gflops);
        if (!arithmetic.IsSteady)
        {
            yield return $"the peak of arithmetic was {arithmetic.Before:F0} and then {arithmetic.After:F0} GFLOP/s";
        }

        TwiceMeasured[] sizes = [.. before.Bandwidth.Gbs.Zip(after.Bandwidth.Gbs, (x, y) => new TwiceMeasured(x, y))];
        string[] moved =
        [
            .. sizes.Zip(before.Bandwidth.Bytes).Where(size => !size.First.IsSteady)
                .Select(size => $"{Size(size.Second)} {size.First.Before:F0} and {size.First.After:F0}"),
        ];
        if (moved.Length > 0)
        {
            yield return $"the bandwidth moved, in GB/s before and after: {string.Join(", ", moved)}";
        }
    }

    private double Gflops(Peak peak, bool isRounded) => (isRounded ? peak.OfProducts(device) : peak).Gflops;

    private static string Size(double bytes) => bytes switch
    {
        < 1e3 => $"{bytes:F0} B",
        < 1e6 => $"{bytes / 1e3:F0} KB",
        < 1e7 => $"{bytes / 1e6:F1} MB",
        _ => $"{bytes / 1e6:F0} MB",
    };
}
