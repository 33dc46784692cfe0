namespace Calm.Cli;

/// <summary>A library's time over ours, for the same work in the same minutes.</summary>
/// <param name="Name">The op.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Direction">forward or backward.</param>
/// <param name="Provider">The library.</param>
/// <param name="Best">Ratio of the best runs: above 1 ours is faster.</param>
/// <param name="Median">Ratio of the medians.</param>
internal sealed record ProviderRatio(string Name, string Shape, string Direction, string Provider, double Best, double Median)
{
    /// <summary>The ratios of all rows of libraries.</summary>
    public static IReadOnlyList<ProviderRatio> Of(IReadOnlyList<BenchRow> rows) =>
    [
        .. from theirs in rows
           where theirs.Provider != BenchRow.Calm && theirs.IsTimed
           let ours = rows.First(row => row.Key == (theirs with { Provider = BenchRow.Calm }).Key)
           let best = ours.SecondsBestWithLaunch ?? ours.SecondsBest // a library's time is as its caller waits
           let median = ours.SecondsWithLaunch ?? ours.SecondsMedian
           select new ProviderRatio(
               theirs.Name, theirs.Shape, theirs.Direction, theirs.Provider, theirs.SecondsBest / best,
               theirs.SecondsMedian / median),
    ];

    /// <summary>Writes the table.</summary>
    public static void Write(TextWriter writer, IReadOnlyList<ProviderRatio> ratios)
    {
        writer.WriteLine($"{"their time / ours",-24}{"shape",-34}{"direction",-10}{"provider",-12}{"best",7}{"median",8}");
        foreach (ProviderRatio r in ratios)
        {
            writer.WriteLine(FormattableString.Invariant(
                $"{r.Name,-24}{r.Shape,-34}{r.Direction,-10}{r.Provider,-12}{r.Best,7:F2}{r.Median,8:F2}"));
        }
    }
}
