using System.Diagnostics;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Times of repeated runs.</summary>
/// <param name="Best">Seconds of the fastest.</param>
/// <param name="Median">Median seconds.</param>
/// <param name="Runs">Number of timed runs.</param>
internal readonly record struct Timing(double Best, double Median, int Runs)
{
    private const int FewestRuns = 5;

    /// <summary>
    /// Repeats an action for some time, at least five times, after one untimed run. A run ends when the device has finished
    /// it; on a GPU this includes one launch and one wait.
    /// </summary>
    /// <param name="device">The device.</param>
    /// <param name="seconds">Duration of the repetitions.</param>
    /// <param name="prepare">Run before each repetition, not timed.</param>
    /// <param name="run">The timed action.</param>
    public static Timing Measure(Device device, double seconds, Action prepare, Action run)
    {
        prepare();
        run();
        device.Synchronize();
        List<double> times = [];
        long start = Stopwatch.GetTimestamp();
        while (times.Count < FewestRuns || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
        {
            prepare();
            device.Synchronize();
            long begin = Stopwatch.GetTimestamp();
            run();
            device.Synchronize();
            times.Add(Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }

        return Of(times);
    }

    /// <summary>The summary of single times, at least one.</summary>
    public static Timing Of(IEnumerable<double> seconds)
    {
        double[] times = [.. seconds.Order()];
        return new Timing(times[0], times[times.Length / 2], times.Length);
    }
}
