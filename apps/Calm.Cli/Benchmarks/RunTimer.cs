using System.Diagnostics;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Runs something again and again and takes its times.</summary>
/// <param name="device">The device that works.</param>
/// <param name="settings">Times and noise.</param>
/// <param name="flush">Empties the caches before each run; null for warm caches.</param>
internal sealed class RunTimer(Device device, MeasureSettings settings, CacheFlush? flush)
{
    private const int FewestRuns = 2;
    private const int MostRuns = 5000;

    /// <summary>Seconds of a visit's runs.</summary>
    /// <param name="Seconds">By the device's own timer without launches, where it has one; otherwise as a caller waits.</param>
    /// <param name="WithLaunch">As a caller waits, launch included; empty where that is what Seconds has.</param>
    internal readonly record struct Visit(double[] Seconds, double[] WithLaunch);

    /// <summary>Warms up, then runs for the time of a visit.</summary>
    /// <param name="isFirst">Whether nothing of the kind ran before.</param>
    /// <param name="prepare">Run before each run, not timed.</param>
    /// <param name="run">The timed action.</param>
    /// <param name="isOurs">Whether the work goes through the device, whose timer then sees it.</param>
    public Visit Take(bool isFirst, Action prepare, Action run, bool isOurs)
    {
        Repeat(isFirst ? settings.WarmUpSeconds : settings.SecondsPerVisit / 10, 1, prepare, () =>
        {
            run();
            device.Synchronize();
            return 0;
        });
        bool timed = isOurs && device is IlgpuDevice { HasTimer: true };
        double share = settings.SecondsPerVisit / (timed ? 2 : 1);
        double[] asCalled = Repeat(share, FewestRuns, prepare, () => Stopped(run));
        return timed
            ? new Visit(Repeat(share, FewestRuns, prepare, () => Kernels(run)), asCalled)
            : new Visit(asCalled, []);
    }

    private double[] Repeat(double seconds, int fewest, Action prepare, Func<double> run)
    {
        List<double> times = [];
        long start = Stopwatch.GetTimestamp();
        while (times.Count < fewest || (times.Count < MostRuns && Stopwatch.GetElapsedTime(start).TotalSeconds < seconds))
        {
            prepare();
            device.Synchronize();
            flush?.Run();
            times.Add(run());
        }

        return [.. times];
    }

    private double Stopped(Action run)
    {
        long begin = Stopwatch.GetTimestamp();
        run();
        device.Synchronize();
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    private double Kernels(Action run) =>
        Profiler.Run(device, run).Calls.Sum(call => call.Kernels.Sum(kernel => kernel.Seconds));
}
