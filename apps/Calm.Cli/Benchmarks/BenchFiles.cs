using System.Globalization;
using System.Xml.Linq;

namespace Calm.Cli;

/// <summary>Rows of a benchmark in files of other programs.</summary>
internal static class BenchFiles
{
    /// <summary>The ends of names of files that can be written.</summary>
    public static IReadOnlyList<string> Extensions => [".csv", ".html", ".md", ".svg", ".xml"];

    /// <summary>Writes a file in the form that its name ends with.</summary>
    /// <param name="path">The file: .csv, .html for a page, .md, .svg for plots over size, or .xml for JUnit's readers.</param>
    /// <param name="outcome">The benchmark.</param>
    /// <param name="verdicts">The comparison with a saved result; empty for none.</param>
    public static void Write(string path, BenchOutcome outcome, IReadOnlyList<BenchVerdict> verdicts)
    {
        IReadOnlyList<BenchRow> rows = outcome.Rows;
        switch (Path.GetExtension(path).ToLowerInvariant())
        {
            case ".csv":
                SafeFile.WriteText(path, writer => WriteCsv(writer, rows));
                break;
            case ".html":
                SafeFile.WriteText(path, writer => BenchPage.Write(writer, outcome, verdicts));
                break;
            case ".md":
                MarkdownTable table = new("Ops, best and median of their runs.", BenchTable.Header(), BenchTable.Cells(rows));
                SafeFile.WriteText(path, table.Write);
                break;
            case ".svg":
                Plot.Write(path, BenchPlot.Of(rows));
                break;
            default:
                SafeFile.WriteText(path, JUnit(rows, verdicts).Save);
                break;
        }
    }

    private static void WriteCsv(TextWriter writer, IReadOnlyList<BenchRow> rows)
    {
        foreach (IReadOnlyList<string> cells in BenchTable.Cells(rows).Prepend(BenchTable.Header()))
        {
            writer.WriteLine(string.Join(",", cells.Select(Quoted)));
        }
    }

    // A comma or a quote within a field asks for quotes, doubled inside: RFC 4180.
    private static string Quoted(string cell) =>
        cell.AsSpan().ContainsAny(",\"\n") ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;

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
            new XAttribute("time", row.SecondsMedian.ToString("R", CultureInfo.InvariantCulture)),
            failure is null ? null : new XElement("failure", new XAttribute("message", failure)));
    }
}
