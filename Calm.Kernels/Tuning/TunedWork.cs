namespace Calm.Kernels;

/// <summary>Work that a device is tuned by: a training step, or an op.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Run">Does it once.</param>
/// <param name="Results">Does it from its beginning and returns all that it gives, to the bit.</param>
internal sealed record TunedWork(string Name, Action Run, Func<IReadOnlyList<int[]>> Results);

/// <summary>A candidate that was tried.</summary>
/// <param name="Choice">The name of the choice's sort.</param>
/// <param name="Of">The kernel, or what else it is about.</param>
/// <param name="Size">The class of sizes.</param>
/// <param name="Candidate">The candidate.</param>
internal sealed record TriedCandidate(string Choice, string Of, string Size, string Candidate)
{
    /// <summary>Whether it is the built-in choice, which the others are compared with.</summary>
    public bool IsDefault { get; init; }

    /// <summary>Best seconds of its kernels in the work; null if it was refused.</summary>
    public double? SecondsBest { get; init; }

    /// <summary>Median seconds.</summary>
    public double? SecondsMedian { get; init; }

    /// <summary>Registers of a thread, the most of its kernels; null where the driver does not tell.</summary>
    public int? Registers { get; init; }

    /// <summary>Bytes of memory of a thread's own, likewise.</summary>
    public long? PrivateBytes { get; init; }

    /// <summary>The reason why it was not timed; null if it was.</summary>
    public string? Refused { get; init; }

    /// <summary>Whether it is kept.</summary>
    public bool IsKept { get; init; }
}

/// <summary>Seconds of the work with the built-in choices and with the tuned ones, in turns.</summary>
/// <param name="Default">With the built-in ones.</param>
/// <param name="Tuned">With the tuned ones.</param>
internal sealed record TunedTimes(IReadOnlyList<double> Default, IReadOnlyList<double> Tuned)
{
    /// <summary>The best time of the built-in choices over that of the tuned ones.</summary>
    public double RatioOfBest => Default.Min() / Tuned.Min();

    /// <summary>The same for the medians.</summary>
    public double RatioOfMedian => TuningTimes.Median(Default) / TuningTimes.Median(Tuned);

    /// <summary>Whether the tuned choices are slower by more than noise.</summary>
    public bool IsSlower => RatioOfBest < 1 / TuningTimes.Noise && RatioOfMedian < 1 / TuningTimes.Noise;
}

/// <summary>All that tuning found.</summary>
/// <param name="Tried">Every candidate.</param>
/// <param name="Kept">The entries that are kept.</param>
/// <param name="Times">The work before and after; null if nothing was found.</param>
internal sealed record TuningOutcome(
    IReadOnlyList<TriedCandidate> Tried, IReadOnlyList<TunedEntry> Kept, TunedTimes? Times);

/// <summary>Comparisons of times.</summary>
internal static class TuningTimes
{
    /// <summary>A candidate must be faster than the built-in choice by this factor.</summary>
    public const double Margin = 1.03;

    /// <summary>A ratio of times nearer to 1 says nothing.</summary>
    public const double Noise = 1.01;

    /// <summary>Whether a candidate is faster by the margin, by its best and by its median.</summary>
    public static bool IsFaster(IReadOnlyList<double> candidate, IReadOnlyList<double> byDefault) =>
        candidate.Min() * Margin < byDefault.Min() && Median(candidate) * Margin < Median(byDefault);

    /// <summary>The middle of times, the later one of two.</summary>
    public static double Median(IReadOnlyList<double> seconds) => seconds.Order().ElementAt(seconds.Count / 2);
}
