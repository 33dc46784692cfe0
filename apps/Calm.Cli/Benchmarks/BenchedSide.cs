using System.Diagnostics;

namespace Calm.Cli;

/// <summary>An op in one direction as one side computes it, with the times so far.</summary>
/// <param name="provider">The side.</param>
/// <param name="isForward">Whether forward or backward.</param>
internal sealed class BenchedSide(string provider, bool isForward)
{
    /// <summary>The side's name.</summary>
    public string Provider => provider;

    /// <summary>Whether forward or backward.</summary>
    public bool IsForward => isForward;

    /// <summary>forward or backward.</summary>
    public string Direction => isForward ? BenchRow.Forward : BenchRow.Backward;

    /// <summary>The times.</summary>
    public RunTimes Times { get; } = new();

    /// <summary>The times with launches; empty where the device has no timer of its own.</summary>
    public RunTimes WithLaunch { get; } = new();

    /// <summary>The functions of a library.</summary>
    public string? Form { get; set; }

    /// <summary>Time of all visits, with what is done between their runs.</summary>
    public TimeSpan Spent { get; private set; }

    /// <summary>Adds a visit.</summary>
    public void Visit(RunTimer timer, Action prepare, Action run)
    {
        long start = Stopwatch.GetTimestamp();
        RunTimer.Visit visit = timer.Take(Times.Visits == 0, prepare, run, provider == BenchRow.Calm);
        Times.Add(visit.Seconds);
        if (visit.WithLaunch.Length > 0)
        {
            WithLaunch.Add(visit.WithLaunch);
        }

        Spent += Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Whether its noise is low enough, or its time is up.</summary>
    public bool IsDone(MeasureSettings settings) =>
        Times.Visits >= MeasureSettings.FewestVisits && (Times.Noise <= settings.Noise || Spent.TotalSeconds >= settings.Seconds);
}
