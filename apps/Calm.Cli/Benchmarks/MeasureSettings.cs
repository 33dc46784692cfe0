namespace Calm.Cli;

/// <summary>Whether an op finds its operands in the caches.</summary>
internal enum CacheState
{
    /// <summary>They were used just before, by the preceding run.</summary>
    Warm,

    /// <summary>More than the caches hold was read and written since.</summary>
    Cold,
}

/// <summary>The way in which ops are timed.</summary>
internal sealed record MeasureSettings
{
    /// <summary>Whether operands are in the caches.</summary>
    public CacheState Cache { get; init; }

    /// <summary>Whether each thread of the host stays on a core of its own.</summary>
    public bool IsPinned { get; init; }

    /// <summary>Seconds for an op in one direction, at most; it has at least <see cref="FewestVisits"/> visits.</summary>
    public double Seconds { get; init; } = 0.5;

    /// <summary>Relative standard error of the median at which timing ends before its time is up.</summary>
    public double Noise { get; init; } = 0.005;

    /// <summary>Seconds of untimed runs before the first visit, in which caches, clocks and the JIT settle.</summary>
    public double WarmUpSeconds { get; init; } = 0.025;

    /// <summary>
    /// Visits to an op, each with operands at new addresses. They are spread over the whole benchmark, so that their scatter
    /// includes what changes slowly: clocks, other programs, the place of memory.
    /// </summary>
    public const int FewestVisits = 5;

    /// <summary>Share of <see cref="Seconds"/> that a visit takes.</summary>
    public double SecondsPerVisit => Seconds / (3 * FewestVisits);
}
