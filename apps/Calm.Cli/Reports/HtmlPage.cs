using System.Xml;
using System.Xml.Linq;

namespace Calm.Cli;

/// <summary>
/// A page of HTML without scripts, other files or network, which is also well-formed XML. Any text may be given to it: markup
/// in it is text.
/// </summary>
internal static class HtmlPage
{
    private static readonly XmlWriterSettings Layout = new()
    {
        OmitXmlDeclaration = true,
        Indent = true,
        IndentChars = " ",
        NewLineChars = "\n",
        NewLineHandling = NewLineHandling.Replace,
    };

    /// <summary>Writes a page.</summary>
    /// <param name="title">The title.</param>
    /// <param name="header">The element above the sections.</param>
    /// <param name="sections">The sections.</param>
    /// <param name="writer">The file.</param>
    public static void Write(string title, XElement header, IEnumerable<XElement> sections, TextWriter writer)
    {
        XElement page = Markup.Element(
            "html",
            new XAttribute("lang", "en"),
            Markup.Element(
                "head",
                Markup.Element("meta", new XAttribute("charset", "utf-8")),
                Markup.Element(
                    "meta", new XAttribute("name", "viewport"), new XAttribute("content", "width=device-width, initial-scale=1")),
                Markup.Element("title", title),
                Markup.Element("style", ReportStyle.Sheet)),
            Markup.Element("body", header, Markup.Element("main", sections)));
        MakeReadable(page);
        writer.Write("<!DOCTYPE html>\n");
        using (XmlWriter xml = XmlWriter.Create(writer, Layout))
        {
            page.Save(xml);
        }

        writer.Write('\n');
    }

    /// <summary>A section with its heading.</summary>
    public static XElement Section(string title, params object?[] content) =>
        Markup.Element("section", Markup.Element("h2", title), content);

    /// <summary>A paragraph.</summary>
    public static XElement Paragraph(string text) => Markup.Element("p", text);

    /// <summary>An element that may be wider than the page.</summary>
    public static XElement Scroll(XElement wide) => Markup.Element("div.scroll", wide);

    /// <summary>A table whose first column holds names.</summary>
    /// <param name="style">Its class.</param>
    /// <param name="head">Names of the columns; empty for none.</param>
    /// <param name="rows">Rows of texts or elements.</param>
    public static XElement Table(string style, IReadOnlyList<object> head, IEnumerable<object[]> rows) => Markup.Element(
        "table." + style,
        head.Count == 0 ? null : Markup.Element("thead", Markup.Element("tr", head.Select(cell => Markup.Element("th", cell)))),
        Markup.Element("tbody", rows.Select(row => Markup.Element(
            "tr", row.Select((cell, i) => Markup.Element(i == 0 ? "th" : "td", cell))))));

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
