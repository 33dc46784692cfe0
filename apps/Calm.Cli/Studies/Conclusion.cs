namespace Calm.Cli;

/// <summary>Sentences that follow from intervals alone.</summary>
internal static class Conclusion
{
    /// <summary>
    /// Compares two estimates. One is above the other if their intervals are disjoint; if these overlap
    /// or are missing, the two cannot be distinguished.
    /// </summary>
    /// <param name="first">Name of the first.</param>
    /// <param name="one">Its estimate.</param>
    /// <param name="second">Name of the second.</param>
    /// <param name="other">Its estimate.</param>
    /// <param name="measure">Name of the measure.</param>
    public static string Compare(string first, Estimate one, string second, Estimate other, string measure)
    {
        string numbers = $"{measure} {Describe(one)} against {Describe(other)}";
        return AreApart(one, other)
            ? $"{first} is {(one.Low > other.High ? "above" : "below")} {second}: {numbers}."
            : $"{first} is not distinguishable from {second} at this size: {numbers}.";
    }

    /// <summary>Whether both have intervals and these are disjoint.</summary>
    public static bool AreApart(Estimate one, Estimate other) =>
        one.HasInterval && other.HasInterval && !one.Overlaps(other);

    /// <summary>Names the best of several, and those that cannot be distinguished from it.</summary>
    /// <param name="named">Names with estimates, at least one.</param>
    /// <param name="measure">Name of the measure; higher is better.</param>
    public static string Best(IReadOnlyList<(string Name, Estimate Value)> named, string measure)
    {
        (string name, Estimate best) = named.MaxBy(one => one.Value.Value);
        string[] equal =
        [
            .. named.Where(one => one.Name != name && !AreApart(one.Value, best)).Select(one => one.Name),
        ];
        string start = $"The highest {measure} is that of {name}, {Describe(best)}";
        return named.Count == 1 ? $"{start}."
            : equal.Length == 0 ? $"{start}; all others lie below its interval."
            : $"{start}; not distinguishable from it at this size: {string.Join(", ", equal)}.";
    }

    /// <summary>A share in words: 99.9 % (99.8 % to 99.9 %).</summary>
    public static string Percent(Estimate share) =>
        share.HasInterval
            ? $"{Readable.Percent(share.Value)} ({Readable.Percent(share.Low)} to {Readable.Percent(share.High)})"
            : $"{Readable.Percent(share.Value)} (no interval)";

    /// <summary>An estimate in words: 23.4 (22.1 to 24.8).</summary>
    public static string Describe(Estimate value, int decimals = 2) =>
        value.HasInterval
            ? $"{Readable.Fixed(value.Value, decimals)} ({Readable.Fixed(value.Low, decimals)} to "
            + $"{Readable.Fixed(value.High, decimals)})"
            : $"{Readable.Fixed(value.Value, decimals)} (no interval)";
}
