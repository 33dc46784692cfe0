using System.Globalization;

namespace Calm.Cli;

/// <summary>Rows of a benchmark as a table: some columns for a terminal, all of them for files.</summary>
internal static class BenchTable
{
    private sealed record Column(string Name, string Unit, Func<BenchRow, string> Text);

    private static readonly Column[] Columns =
    [
        new("op", "", row => row.Name),
        new("provider", "", row => row.Provider),
        new("shape", "", row => row.Shape),
        new("direction", "", row => row.Direction),
        new("precision", "", row => row.Precision),
        new("threads", "", row => row.Threads == 0 ? "" : $"{row.Threads}"),
        new("pinned", "", row => row.IsPinned ? "yes" : "no"),
        new("cache", "", row => row.Cache),
        new("inputs", "", row => row.Inputs),
        new("best", "us", row => Micro(row, row.SecondsBest)),
        new("p20", "us", row => Micro(row, row.SecondsP20)),
        new("median", "us", row => Micro(row, row.SecondsMedian)),
        new("p80", "us", row => Micro(row, row.SecondsP80)),
        new("low", "us", row => Micro(row, row.SecondsLow)),
        new("high", "us", row => Micro(row, row.SecondsHigh)),
        new("noise", "%", row => row.IsTimed ? Number(100 * row.Noise, "F2") : ""),
        new("visits", "", row => $"{row.Visits}"),
        new("runs", "", row => $"{row.Runs}"),
        new("with launch", "us", row => row.SecondsWithLaunch is { } s ? Micro(row, s) : ""),
        new("rate", "GFLOP/s", row => Number(row.Gflops, "F1")),
        new("bandwidth", "GB/s", row => Number(row.Gbs, "F1")),
        new("roof", "", row => row.Roof ?? ""),
        new("of roof", "%", row => Number(row.PercentOfPeak, "F0")),
        new("checked", "", row => row.Checked ?? ""),
        new("form", "", row => row.Form ?? ""),
        new("remark", "", row => row.Remark ?? ""),
    ];

    /// <summary>Writes the table for a terminal.</summary>
    public static void Write(TextWriter writer, IReadOnlyList<BenchRow> rows)
    {
        bool isSwept = rows.Select(Variant).Distinct().Count() > 1;
        bool hasLaunch = rows.Any(row => row.SecondsWithLaunch is not null);
        string launch = hasLaunch ? $"{"launch",10}" : "";
        writer.WriteLine(
            $"{"op",-24}{(isSwept ? $"{"threads",-18}" : "")}{"shape",-34}{"direction",-10}{"best us",10}{"median us",11}"
            + $"{"noise %",9}{launch}{"GFLOP/s",9}{"GB/s",8}{"% of roof",11}  roof");
        foreach (BenchRow row in rows)
        {
            string name = $"{(row.Provider == BenchRow.Calm ? row.Name : $"  {row.Provider}"),-24}"
                + (isSwept ? $"{Variant(row),-18}" : "");
            if (!row.IsTimed)
            {
                writer.WriteLine($"{name}{row.Shape,-34}{row.Direction,-10}  {row.Remark}");
                continue;
            }

            string withLaunch = hasLaunch ? $"{(row.SecondsWithLaunch is { } s ? Micro(row, s) : ""),10}" : "";
            writer.WriteLine(
                $"{name}{row.Shape,-34}{row.Direction,-10}{Micro(row, row.SecondsBest),10}{Micro(row, row.SecondsMedian),11}"
                + $"{Number(100 * row.Noise, "F2"),9}{withLaunch}{Number(row.Gflops, "F1"),9}{Number(row.Gbs, "F1"),8}"
                + $"{Number(row.PercentOfPeak, "F0"),11}  {row.Roof}{(row.Remark is null ? "" : $"  {row.Remark}")}");
        }
    }

    /// <summary>The names of all columns, with their units.</summary>
    public static string[] Header() =>
        [.. Columns.Select(column => column.Unit.Length == 0 ? column.Name : $"{column.Name} {column.Unit}")];

    /// <summary>The texts of all columns of each row.</summary>
    public static IReadOnlyList<string>[] Cells(IReadOnlyList<BenchRow> rows) =>
        [.. rows.Select(row => (IReadOnlyList<string>)[.. Columns.Select(column => column.Text(row))])];

    private static string Variant(BenchRow row) => $"{row.Threads}, {row.Precision}";

    private static string Micro(BenchRow row, double seconds) => row.IsTimed ? Number(seconds * 1e6, "F1") : "";

    private static string Number(double? value, string format) =>
        value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
}
