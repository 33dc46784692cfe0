using System.Globalization;
using System.Xml.Linq;

namespace Calm.Cli;

/// <summary>Makes elements of HTML and SVG that are well-formed XML too.</summary>
internal static class Markup
{
    private const int Colours = 6;

    /// <summary>The colour class of the i-th series; see <see cref="ChartStyle"/>.</summary>
    public static string Colour(int i) => $"c{i % Colours}";

    /// <summary>An element with its content; "p.note" is a p of the class note.</summary>
    public static XElement Element(string name, params object?[] content)
    {
        string[] parts = name.Split('.', 2);
        return new XElement(parts[0], parts.Length > 1 ? new XAttribute("class", parts[1]) : null, content);
    }

    /// <summary>A picture that scales with the page.</summary>
    /// <param name="width">Extent of its coordinates.</param>
    /// <param name="height">Extent of its coordinates.</param>
    /// <param name="label">The description for screen readers.</param>
    /// <param name="content">Its elements.</param>
    public static XElement Canvas(double width, double height, string label, params object?[] content) =>
        new("svg", new XAttribute("viewBox", $"0 0 {Number(width)} {Number(height)}"), new XAttribute("role", "img"),
            new XAttribute("aria-label", label), content);

    /// <summary>A picture in a file of its own, with background and style sheet.</summary>
    /// <inheritdoc cref="Canvas"/>
    public static XElement Picture(double width, double height, string label, string style, params object?[] content)
    {
        XElement picture = Canvas(
            width, height, label, new XElement("style", style),
            Element("rect.page", new XAttribute("width", "100%"), new XAttribute("height", "100%")), content);
        XNamespace svg = "http://www.w3.org/2000/svg";
        foreach (XElement element in picture.DescendantsAndSelf())
        {
            element.Name = svg + element.Name.LocalName;
        }

        return picture;
    }

    /// <summary>Elements moved to the right.</summary>
    public static XElement Group(double right, IEnumerable<XElement> content) =>
        new("g", new XAttribute("transform", $"translate({Number(right)} 0)"), content);

    /// <summary>A straight line.</summary>
    public static XElement Line(double x1, double y1, double x2, double y2, string style) =>
        Shape("line", style, ("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2));

    /// <summary>A disc.</summary>
    public static XElement Dot(double x, double y, double radius, string style, string title) =>
        With(Shape("circle", style, ("cx", x), ("cy", y), ("r", radius)), new XElement("title", title));

    /// <summary>A line of text.</summary>
    public static XElement Label(double x, double y, string text, string style) =>
        With(Shape("text", style, ("x", x), ("y", y)), text);

    /// <summary>A path through points, closed if it bounds an area.</summary>
    public static XElement Path(IEnumerable<(double X, double Y)> points, bool closed, string style)
    {
        string data = "M" + string.Join("L", points.Select(point => $"{Number(point.X)} {Number(point.Y)}"));
        return new XElement("path", new XAttribute("class", style), new XAttribute("d", closed ? data + "Z" : data));
    }

    private static XElement Shape(string name, string style, params (string Name, double Value)[] places) =>
        new(name, new XAttribute("class", style), places.Select(place => new XAttribute(place.Name, Number(place.Value))));

    private static XElement With(XElement element, object content)
    {
        element.Add(content);
        return element;
    }

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
