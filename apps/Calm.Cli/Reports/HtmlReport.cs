using System.Globalization;
using System.Xml.Linq;

namespace Calm.Cli;

/// <summary>Writes a <see cref="DemoReport"/> as one page of HTML. The same data gives the same page.</summary>
internal static class HtmlReport
{
    /// <summary>Writes the page.</summary>
    public static void Write(DemoReport report, TextWriter writer) =>
        HtmlPage.Write(report.Title, Header(report), ReportSections.All(report), writer);

    private static XElement Header(DemoReport report) => Markup.Element(
        "header",
        Markup.Element("h1", report.Title),
        Markup.Element(
            "p.subtitle",
            Markup.Element(
                "time",
                new XAttribute("datetime", report.Date.ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture)),
                report.Date.ToString("d MMMM yyyy, HH:mm", CultureInfo.InvariantCulture)),
            " · " + report.Device),
        Markup.Element("dl.tiles", Tiles(report)));

    private static IEnumerable<XElement> Tiles(DemoReport report)
    {
        if (report.Brier.Count > 0)
        {
            BrierTotals.Result score = report.Brier[0].Score;
            yield return Tile(
                "BrierLM on held-out text", Readable.Score(score.BrierLm), Readable.ScoreInterval(score.Low, score.High));
        }

        if (report.Autoencoder is { } autoencoder)
        {
            yield return Tile("Autoencoder", Readable.Percent(autoencoder.Mean), "of held-out tokens come back right");
        }

        yield return Tile("Time", Readable.Duration(report.Seconds), "in all");
    }

    private static XElement Tile(string label, string value, string detail) => Markup.Element(
        "div", Markup.Element("dt", label), Markup.Element("dd", value, Markup.Element("small", detail)));
}
