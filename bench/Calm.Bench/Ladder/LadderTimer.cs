using System.Diagnostics;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Bench;

/// <summary>Times the versions of a ladder, which take turns so that a disturbance meets all of them.</summary>
internal static class LadderTimer
{
    private const double SecondsPerTurn = 0.1;

    /// <summary>Best and median of the ladder's copy, if there is one, and of each version, launch and wait included.</summary>
    /// <param name="ladder">The versions.</param>
    /// <param name="c">At which size.</param>
    /// <param name="device">The device.</param>
    /// <param name="seconds">Total time; each version has at least one turn of 0.1 s or one run, after a warm-up run.</param>
    public static IReadOnlyList<(Rung Rung, Timing Time)> Time(Ladder ladder, OpCase c, Device device, double seconds)
    {
        IReadOnlyList<Rung> rungs = ladder.All;
        List<CaseTimer> timers = [.. rungs.Select(rung => new CaseTimer(ladder.With(c, rung), device))];
        List<List<double>> times = [.. rungs.Select(_ => new List<double>())];
        long start = Stopwatch.GetTimestamp();
        do
        {
            for (int i = 0; i < timers.Count; i++)
            {
                AddTurn(times[i], timers[i], device);
            }
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds);

        timers.ForEach(timer => timer.Dispose());
        return [.. rungs.Zip(times, (rung, t) => (rung, Timing.Of(t)))];
    }

    private static void AddTurn(List<double> times, CaseTimer timer, Device device)
    {
        long start = Stopwatch.GetTimestamp();
        do
        {
            times.Add(Seconds(timer, device));
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < SecondsPerTurn);
    }

    private static double Seconds(CaseTimer timer, Device device)
    {
        timer.Reset();
        device.Synchronize();
        long start = Stopwatch.GetTimestamp();
        timer.Forward();
        device.Synchronize();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
