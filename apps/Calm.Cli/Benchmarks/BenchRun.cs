using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Everything that one device's benchmark of ops gives.</summary>
/// <param name="Rows">The ops.</param>
/// <param name="Roofs">The device's rates, before and after.</param>
/// <param name="Warnings">Disturbances, and ops that a library does not have: a line each.</param>
/// <param name="Headings">A line for each device that was measured.</param>
/// <param name="OtherCores">Cores that other programs and other machines on the same hardware took; null if unknown.</param>
internal sealed record BenchOutcome(
    IReadOnlyList<BenchRow> Rows, Roofs Roofs, IReadOnlyList<string> Warnings, IReadOnlyList<string> Headings,
    double? OtherCores)
{
    /// <summary>A device with its peaks, for people.</summary>
    public static string Heading(Device device, Peak peak)
    {
        string tensor = peak.TensorGflops > 0 ? $"{peak.TensorGflops:F0} GFLOP/s of bf16 on tensor cores, " : "";
        return $"{device.Description}: peak {peak.Gflops:F0} GFLOP/s, {tensor}{peak.Gbs:F1} GB/s, measured in this process";
    }

    /// <summary>This with the rows of another, of the same ops with other threads or in another precision.</summary>
    public BenchOutcome With(BenchOutcome other) => this with
    {
        Rows = [.. Rows, .. other.Rows],
        Warnings = [.. Warnings, .. other.Warnings],
        Headings = [.. Headings, .. other.Headings],
        OtherCores = OtherCores is { } mine && other.OtherCores is { } theirs ? Math.Max(mine, theirs) : null,
    };
}

/// <summary>
/// Times cases on a device: checks them, measures the roofs, visits every case in turn, and measures the roofs again.
/// </summary>
/// <param name="device">The device; opened for profiling if it has a timer.</param>
/// <param name="settings">Times, noise and caches.</param>
/// <param name="distribution">The numbers to compute with.</param>
/// <param name="seed">Their seed.</param>
internal sealed class BenchRun(Device device, MeasureSettings settings, InputDistribution distribution, uint seed)
{
    /// <summary>Noise beyond it is marked.</summary>
    public const double MostNoise = 0.02;

    /// <summary>Times cases.</summary>
    /// <param name="cases">The cases, with a cost.</param>
    /// <param name="all">
    /// All cases of their ops, which stand for those that are too large to check; null if all of them have passed already.
    /// </param>
    /// <param name="providers">Other sides.</param>
    /// <param name="activity">Hears how far it is.</param>
    public BenchOutcome Of(
        IReadOnlyList<OpCase> cases, IReadOnlyList<OpCase>? all, IReadOnlyList<IOpProvider> providers, Activity activity)
    {
        BenchedCase[] benched =
            [.. cases.Select(c => new BenchedCase(InputNumbers.Of(c, distribution, seed), device, providers))];
        for (int i = 0; i < benched.Length; i++)
        {
            activity.Count($"checking {cases[i].Op}");
            activity.Report(0.3 * i / benched.Length);
            benched[i].Check(cases[i], all?.Where(c => c.Op == cases[i].Op));
        }

        using PinnedThreads? pinned = settings.IsPinned && device is HostDevice host ? new PinnedThreads(host) : null;
        using CacheFlush? flush = settings.Cache == CacheState.Cold ? new CacheFlush(device) : null;
        double most = flush?.Bytes ?? benched.Max(c => c.Case.Forward?.Bytes ?? 0);
        Roofs.Reading before = Roofs.Reading.Of(device, most);
        MachineWatch watch = new();
        ClockWatch clock = new();
        double between = Visit(benched, new RunTimer(device, settings, flush), clock, activity);
        (double Others, double Stolen)? taken = watch.Taken();
        IEnumerable<string> machine = new[] { MachineWatch.Warning(taken), clock.Warning() }.OfType<string>();
        Roofs roofs = new(before, Roofs.Reading.Of(device, most), device) { GflopsBetween = between };
        string[] warnings = [.. benched.SelectMany(c => c.Remarks), .. roofs.Unsteady(), .. machine];
        return new BenchOutcome(
            [.. benched.SelectMany(c => RowsOf(c, roofs))], roofs, warnings, [BenchOutcome.Heading(device, roofs.Peak)],
            taken?.Others + taken?.Stolen);
    }

    /// <summary>Visits all cases until all are done.</summary>
    /// <returns>The fastest arithmetic that was seen between rounds, in 10^9 operations a second; 0 if not measured.</returns>
    private double Visit(BenchedCase[] benched, RunTimer timer, ClockWatch clock, Activity activity)
    {
        double gflops = 0;
        for (int round = 0; !benched.All(c => c.IsDone(settings)); round++)
        {
            clock.Read();
            gflops = device is HostDevice ? Math.Max(gflops, Peak.MultiplyAdds(device)) : 0;
            for (int i = 0; i < benched.Length; i++)
            {
                activity.Count($"visit {round + 1}, {benched[i].Case.Op}");
                activity.Report(0.3 + (0.7 * Math.Min(1, round / (3.0 * MeasureSettings.FewestVisits))));
                benched[i].Visit(timer, settings, round);
            }
        }

        clock.Read();
        return gflops;
    }

    private IEnumerable<BenchRow> RowsOf(BenchedCase c, Roofs roofs) => c.Wrong is { } wrong
        ? [Empty(c, BenchRow.Calm, BenchRow.Forward) with { Remark = $"no time: {wrong}" }]
        : c.Sides.Select(side => RowOf(c, side, roofs));

    private static IEnumerable<string> Marks(double noise, double? percent)
    {
        if (noise > MostNoise)
        {
            yield return "noisy";
        }

        if (percent > 100)
        {
            yield return "faster than its roof, which was measured on a busier machine";
        }
    }

    private BenchRow Empty(BenchedCase c, string provider, string direction) => new(c.Case.Op, provider, c.Case.Label, direction)
    {
        Precision = device.Precision == Precision.BFloat16 ? "bf16" : "float32",
        Threads = device is HostDevice host ? host.Team.Threads : 0,
        IsPinned = settings.IsPinned,
        Cache = settings.Cache.ToString().ToLowerInvariant(),
        Inputs = distribution == InputDistribution.Case ? "case" : $"{distribution.ToString().ToLowerInvariant()}, seed {seed}",
        Elements = c.Case.Inputs.Sum(input => (double)input.Shape.Count),
        Sizes = c.Case.Sizes.Count > 0 ? c.Case.Sizes : null,
        Checked = c.Checked,
    };

    private BenchRow RowOf(BenchedCase c, BenchedSide side, Roofs roofs)
    {
        RunTimes t = side.Times;
        Estimate interval = t.Interval;
        Cost? cost = c.CostOf(side);
        Roof? roof = cost is { } known ? roofs.Of(known, c.DataOf(side), c.Case.RoundsOperands, settings.Cache) : null;
        double? percent = roof is { IsSteady: true } steady ? 100 * steady.Seconds / t.Best : null;
        return Empty(c, side.Provider, side.Direction) with
        {
            SecondsBest = t.Best,
            SecondsP20 = t.Quantile(0.2),
            SecondsMedian = t.Median,
            SecondsP80 = t.Quantile(0.8),
            SecondsLow = interval.Low,
            SecondsHigh = interval.High,
            Noise = t.Noise,
            Visits = t.Visits,
            Runs = t.Runs,
            SecondsWithLaunch = side.WithLaunch.Visits > 0 ? side.WithLaunch.Median : null,
            SecondsBestWithLaunch = side.WithLaunch.Visits > 0 ? side.WithLaunch.Best : null,
            Gflops = cost?.Flops / t.Best / 1e9,
            Gbs = cost?.Bytes / t.Best / 1e9,
            OperationsPerByte = cost is { Bytes: > 0 } ? cost.Value.Flops / cost.Value.Bytes : null,
            Roof = roof?.Name,
            PercentOfPeak = percent,
            Form = side.Form,
            Remark = string.Join(", ", Marks(t.Noise, percent)) is { Length: > 0 } marks ? marks : null,
        };
    }
}
