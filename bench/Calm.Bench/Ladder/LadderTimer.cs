using System.Diagnostics;
using Calm.Kernels;
using Calm.Runtime;
using Calm.Training;

namespace Calm.Bench;

/// <summary>Times the versions of a ladder, which take turns so that a disturbance meets all of them.</summary>
internal static class LadderTimer
{
    /// <summary>Best and median of the ladder's copy, if there is one, and of each version, launch and wait included.</summary>
    /// <param name="ladder">The versions.</param>
    /// <param name="c">At which size.</param>
    /// <param name="device">Where.</param>
    /// <param name="seconds">How long; each version runs at least once after one run that does not count.</param>
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
                times[i].Add(Seconds(timers[i], device));
            }
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds);

        timers.ForEach(timer => timer.Dispose());
        times.ForEach(t => t.Sort());
        return [.. rungs.Zip(times, (rung, t) => (rung, new Timing(t[0], t[t.Count / 2])))];
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
