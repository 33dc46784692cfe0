using System.Xml.Linq;

namespace Calm.Cli;

/// <summary>A benchmark of ops as one page of HTML: the devices, what disturbed them, plots over size, and all times.</summary>
internal static class BenchPage
{
    private const string Title = "Times of ops";

    // Lines of a plot that can still be told apart.
    private const int MostLines = 12;

    /// <summary>Writes the page.</summary>
    /// <param name="writer">The file.</param>
    /// <param name="outcome">The benchmark.</param>
    /// <param name="verdicts">The comparison with a saved result; empty for none.</param>
    public static void Write(TextWriter writer, BenchOutcome outcome, IReadOnlyList<BenchVerdict> verdicts)
    {
        XElement header = Markup.Element(
            "header", Markup.Element("h1", Title),
            outcome.Headings.Concat(outcome.Warnings).Select(line => Markup.Element("p.subtitle", line)));
        HtmlPage.Write(Title, header, [.. Plots(outcome.Rows), .. Verdicts(verdicts), Times(outcome.Rows)], writer);
    }

    private static IEnumerable<XElement> Plots(IReadOnlyList<BenchRow> rows)
    {
        // A plot over size needs an op at more than one; each has its own.
        XElement[] figures =
        [
            .. rows.Where(row => row.IsTimed).GroupBy(row => row.Name)
                .Where(op => op.Select(row => row.Shape).Distinct().Count() > 1)
                .SelectMany(op => BenchPlot.Of([.. op]))
                .Where(plot => plot.Series.Count <= MostLines).Select(plot => plot.Figure(null)),
        ];
        return figures.Length == 0 ? [] : [HtmlPage.Section("Over size", Markup.Element("div.charts", figures))];
    }

    private static IEnumerable<XElement> Verdicts(IReadOnlyList<BenchVerdict> verdicts) => verdicts.Count == 0
        ? []
        :
        [
            HtmlPage.Section(
                "Beside the saved result",
                HtmlPage.Scroll(HtmlPage.Table(
                    "plain", ["op", "shape", "direction", "verdict"],
                    verdicts.Select(v => new object[] { v.Row.Name, v.Row.Shape, v.Row.Direction, BenchAgainst.Text(v) })))),
        ];

    private static XElement Times(IReadOnlyList<BenchRow> rows) => HtmlPage.Section(
        "All times",
        HtmlPage.Scroll(HtmlPage.Table(
            "plain", BenchTable.Header(), BenchTable.Cells(rows).Select(cells => cells.ToArray<object>()))));
}
