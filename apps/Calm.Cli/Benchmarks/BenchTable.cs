using System.Globalization;
using System.Xml.Linq;

namespace Calm.Cli;

/// <summary>Rows of a benchmark as a table for people, and in files of other programs.</summary>
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
            $"{"op",-24}{(isSwept ? $"{"threads",-18}" : "")}{"shape",-34}{"direction",-10}{"best us",10}{"median us",11}{"noise %",9}{launch}"
            + $"{"GFLOP/s",9}{"GB/s",8}{"% of roof",11}  roof");
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

    /// <summary>Writes the rows into a file, in the form that its name ends with.</summary>
    /// <param name="path">The file: .csv, .md, .svg for plots, or .xml for JUnit's readers.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="verdicts">The comparison with a saved result; empty for none.</param>
    public static void Write(string path, IReadOnlyList<BenchRow> rows, IReadOnlyList<BenchVerdict> verdicts)
    {
        string extension = Path.GetExtension(path).ToLowerInvariant();
        if (extension == ".svg")
        {
            Plot.Write(path, BenchPlot.Of(rows));
            return;
        }

        SafeFile.Write(path, stream =>
        {
            using StreamWriter writer = new(stream, leaveOpen: true) { NewLine = "\n" };
            switch (extension)
            {
                case ".csv":
                    WriteCsv(writer, rows);
                    break;
                case ".md":
                    new MarkdownTable("Ops, best and median of their runs.", Header(), Cells(rows)).Write(writer);
                    break;
                default:
                    JUnit(rows, verdicts).Save(writer);
                    break;
            }
        });
    }

    /// <summary>The ends of names of files that can be written.</summary>
    public static IReadOnlyList<string> Extensions => [".csv", ".md", ".svg", ".xml"];

    private static string Variant(BenchRow row) => $"{row.Threads}, {row.Precision}";

    private static void WriteCsv(StreamWriter writer, IReadOnlyList<BenchRow> rows)
    {
        foreach (IReadOnlyList<string> cells in Cells(rows).Prepend(Header()))
        {
            writer.WriteLine(string.Join(",", cells.Select(Quoted)));
        }
    }

    // A comma or a quote within a field asks for quotes, doubled inside: RFC 4180.
    private static string Quoted(string cell) =>
        cell.AsSpan().ContainsAny(",\"\n") ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;

    private static string[] Header() =>
        [.. Columns.Select(column => column.Unit.Length == 0 ? column.Name : $"{column.Name} {column.Unit}")];

    private static IReadOnlyList<string>[] Cells(IReadOnlyList<BenchRow> rows) =>
        [.. rows.Select(row => (IReadOnlyList<string>)[.. Columns.Select(column => column.Text(row))])];

    /// <summary>A test case a row; it fails if its result is wrong, or slower than the saved one.</summary>
    private static XDocument JUnit(IReadOnlyList<BenchRow> rows, IReadOnlyList<BenchVerdict> verdicts)
    {
        XElement[] cases = [.. rows.Select(row => JUnitCase(row, verdicts.FirstOrDefault(v => v.Row == row)))];
        return new XDocument(new XElement(
            "testsuite", new XAttribute("name", "calm bench"), new XAttribute("tests", cases.Length),
            new XAttribute("failures", cases.Count(c => c.HasElements)), cases));
    }

    private static XElement JUnitCase(BenchRow row, BenchVerdict? verdict)
    {
        string? failure = !row.IsTimed ? row.Remark : verdict?.Verdict == Verdict.Slower ? BenchAgainst.Text(verdict) : null;
        return new XElement(
            "testcase", new XAttribute("classname", row.Name),
            new XAttribute("name", $"{row.Shape} {row.Direction}, {row.Provider}, {row.Cache}"),
            new XAttribute("time", Number(row.SecondsMedian, "R")),
            failure is null ? null : new XElement("failure", new XAttribute("message", failure)));
    }

    private static string Micro(BenchRow row, double seconds) => row.IsTimed ? Number(seconds * 1e6, "F1") : "";

    private static string Number(double? value, string format) =>
        value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
}
