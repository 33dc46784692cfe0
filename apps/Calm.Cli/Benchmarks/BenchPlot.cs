namespace Calm.Cli;

/// <summary>Plots of a benchmark over size: the time, and the percentage of the roof.</summary>
internal static class BenchPlot
{
    private const string ElementsOfAll = "elements of all inputs";
    private const double Width = 620;

    /// <summary>Two plots; lines connect the sizes of an op that differ in nothing else.</summary>
    public static Plot[] Of(IReadOnlyList<BenchRow> rows)
    {
        BenchRow[] timed = [.. rows.Where(row => row.IsTimed)];
        string across = Varied(timed);
        IGrouping<string, BenchRow>[] lines = [.. timed.GroupBy(row => LineOf(row, timed))];
        string[] ops = [.. timed.Select(row => row.Name).Distinct()];
        string name = ops.Length == 1 ? ops[0] : "Ops";
        string cache = string.Join(", ", timed.Select(row => $"{row.Cache} caches").Distinct());
        return
        [
            Over($"{name}: time over size, {cache}", "microseconds, best run", Time),
            Over($"{name}: percent of the roof", "% of the roof, best run", Percent) with
            {
                Cover = [(SizeOf(timed.FirstOrDefault(), across), 100)],
            },
        ];

        Plot Over(string title, string up, Func<BenchRow, Estimate> value) =>
            new(title, across, up, [.. lines.Select(line => Series(line, value))])
            {
                Width = Width, LogarithmicAcross = true, LogarithmicUp = true,
            };

        PlotSeries Series(IGrouping<string, BenchRow> line, Func<BenchRow, Estimate> value) => new(
            line.Key,
            [
                .. line.OrderBy(row => SizeOf(row, across)).Select(row => new PlotPoint(
                    SizeOf(row, across), value(row), $"{row.Shape}: {PlotPoint.Describe(value(row))}")),
            ]);
    }

    /// <summary>The one size that differs between rows; otherwise the elements of all inputs.</summary>
    private static string Varied(BenchRow[] rows)
    {
        string[] varied =
        [
            .. rows.SelectMany(row => row.Sizes ?? new Dictionary<string, int>()).Distinct()
                .GroupBy(size => size.Key).Where(values => values.Count() > 1).Select(values => values.Key),
        ];
        return varied.Length == 1 && rows.All(row => row.Sizes?.ContainsKey(varied[0]) is true) ? varied[0] : ElementsOfAll;
    }

    private static double SizeOf(BenchRow? row, string across) =>
        row is null ? 1 : across == ElementsOfAll ? row.Elements : row.Sizes![across];

    // Only what differs between rows is named.
    private static string LineOf(BenchRow row, BenchRow[] all)
    {
        Func<BenchRow, string>[] parts =
        [
            r => r.Name, r => r.Provider, r => r.Direction, r => r.Precision,
            r => r.Threads == 1 ? "1 thread" : $"{r.Threads} threads",
        ];
        return string.Join(
            ", ", parts.Index().Where(part => part.Index == 0 || all.Select(part.Item).Distinct().Count() > 1)
                .Select(part => part.Item(row)));
    }

    private static Estimate Time(BenchRow row) => Estimate.Exact(1e6 * row.SecondsBest);

    private static Estimate Percent(BenchRow row) => Estimate.Exact(row.PercentOfPeak ?? double.NaN);
}
