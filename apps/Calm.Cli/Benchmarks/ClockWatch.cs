using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Calm.Cli;

/// <summary>
/// Notices whether the processor's clock moves while something is timed: a chain of additions that wait for each other takes
/// the same number of cycles every time. Any processor has it, also where its frequency is not told.
/// </summary>
internal sealed class ClockWatch
{
    private const int Additions = 60_000;
    private const int Tries = 20;

    // Below it times hardly differ; above it a saved result was made by another machine, so to speak.
    private const double MostDrift = 0.03;

    private readonly List<double> _seconds = [];

    /// <summary>Takes a reading; it needs about half a millisecond.</summary>
    public void Read()
    {
        double best = double.MaxValue;
        for (int i = 0; i < Tries; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Chain(start);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        _seconds.Add(best);
    }

    /// <summary>The slowest reading over the fastest, less one; 0 before there are two.</summary>
    public double Drift => _seconds.Count < 2 ? 0 : (_seconds.Max() / _seconds.Min()) - 1;

    /// <summary>A warning if the clock moved; otherwise null.</summary>
    public string? Warning() => Drift > MostDrift
        ? string.Create(CultureInfo.InvariantCulture, $"the processor's clock moved by {100 * Drift:F0} % while the ops ran")
        : null;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long Chain(long x)
    {
        for (int i = 0; i < Additions; i += 4)
        {
            // A sum that is shifted into the next cannot be taken apart by a compiler.
            x += x >> 63;
            x += x >> 62;
            x += x >> 61;
            x += x >> 60;
        }

        return x;
    }
}
