using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace Calm.Cli;

/// <summary>
/// Writes a <see cref="DemoReport"/> as one page of HTML without scripts, other files or network. The page
/// is also well-formed XML. The same data gives the same page.
/// </summary>
internal static class HtmlReport
{
    private static readonly XmlWriterSettings Layout = new()
    {
        OmitXmlDeclaration = true,
        Indent = true,
        IndentChars = " ",
        NewLineChars = "\n",
        NewLineHandling = NewLineHandling.Replace,
    };

    /// <summary>Writes the page.</summary>
    public static void Write(DemoReport report, TextWriter writer)
    {
        XElement page = Markup.Element(
            "html",
            new XAttribute("lang", "en"),
            Markup.Element(
                "head",
                Markup.Element("meta", new XAttribute("charset", "utf-8")),
                Markup.Element(
                    "meta", new XAttribute("name", "viewport"), new XAttribute("content", "width=device-width, initial-scale=1")),
                Markup.Element("title", report.Title),
                Markup.Element("style", ReportStyle.Sheet)),
            Markup.Element("body", Header(report), Markup.Element("main", ReportSections.All(report))));
        MakeReadable(page);
        writer.Write("<!DOCTYPE html>\n");
        using (XmlWriter xml = XmlWriter.Create(writer, Layout))
        {
            page.Save(xml);
        }

        writer.Write('\n');
    }

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

    /// <summary>Passes every text of the page through <see cref="Readable.Text"/>.</summary>
    private static void MakeReadable(XElement page)
    {
        foreach (XText text in page.DescendantNodes().OfType<XText>())
        {
            text.Value = Readable.Text(text.Value);
        }

        foreach (XAttribute attribute in page.Descendants().Attributes())
        {
            attribute.Value = Readable.Text(attribute.Value);
        }
    }
}
