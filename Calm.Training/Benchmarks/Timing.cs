using System.Diagnostics;

namespace Calm.Training;

/// <summary>Best and median of repeated runs, in seconds.</summary>
internal readonly record struct Timing(double Best, double Median)
{
    private const int FewestRuns = 5;

    /// <summary>Repeats for a while, at least five times, after one run that does not count.</summary>
    /// <param name="seconds">How long.</param>
    /// <param name="prepare">Run before each repetition, not timed.</param>
    /// <param name="run">What is timed.</param>
    public static Timing Measure(double seconds, Action prepare, Action run)
    {
        prepare();
        run();
        List<double> times = [];
        long start = Stopwatch.GetTimestamp();
        while (times.Count < FewestRuns || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
        {
            prepare();
            long begin = Stopwatch.GetTimestamp();
            run();
            times.Add(Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }

        times.Sort();
        return new Timing(times[0], times[times.Count / 2]);
    }
}
