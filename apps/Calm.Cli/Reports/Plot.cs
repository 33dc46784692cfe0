using System.Xml.Linq;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>A measured point of a <see cref="Plot"/>.</summary>
/// <param name="X">Its horizontal position; the number of its category if the plot has categories.</param>
/// <param name="Y">The measured value with its interval. A value of NaN is left out and breaks the line.</param>
/// <param name="Name">The tooltip.</param>
internal sealed record PlotPoint(double X, Estimate Y, string Name)
{
    /// <summary>A value with its interval, for a tooltip.</summary>
    public static string Describe(Estimate value) => value.HasInterval
        ? $"{Readable.Short(value.Value)} ({Readable.Short(value.Low)} to {Readable.Short(value.High)})"
        : Readable.Short(value.Value);
}

/// <summary>The shape that marks each point of a series.</summary>
internal enum PlotMark
{
    Dot,
    Ring,

    /// <summary>A column from zero to the value.</summary>
    Column,
    None,
}

/// <summary>A series of points in one colour.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Points">The points.</param>
/// <param name="Joined">Whether a line connects the points.</param>
/// <param name="Dashed">Whether that line is dashed, as for a baseline.</param>
internal sealed record PlotSeries(string Name, IReadOnlyList<PlotPoint> Points, bool Joined = true, bool Dashed = false)
{
    /// <summary>The mark of each point.</summary>
    public PlotMark Mark { get; init; }

    /// <summary>Whether intervals are a band along the line instead of a bar for each point.</summary>
    public bool Band { get; init; }
}

/// <summary>A line without marks behind the points, such as a roof or a threshold.</summary>
/// <param name="Points">Its corners.</param>
/// <param name="Style">Its class in <see cref="ChartStyle"/>: guide, guide dashed or faint. Names may cover a faint one.</param>
internal sealed record PlotGuide(IReadOnlyList<(double X, double Y)> Points, string Style = "guide");

/// <summary>A name beside a point.</summary>
/// <param name="X">The point.</param>
/// <param name="Y">The point.</param>
/// <param name="Text">The name.</param>
/// <param name="Style">Its class in <see cref="ChartStyle"/>.</param>
internal sealed record PlotName(double X, double Y, string Text, string Style = "name");

/// <summary>A chart of points with intervals over numbers or categories, drawn as SVG.</summary>
/// <param name="Title">The title.</param>
/// <param name="Across">Name of the horizontal axis; may be empty.</param>
/// <param name="Up">Name of the vertical axis; may be empty.</param>
/// <param name="Series">The data.</param>
internal sealed record Plot(string Title, string Across, string Up, IReadOnlyList<PlotSeries> Series)
{
    /// <summary>Width of the picture.</summary>
    public double Width { get; init; } = 760;

    /// <summary>Height of the picture.</summary>
    public double Height { get; init; } = 440;

    /// <summary>A line below the title.</summary>
    public string Subtitle { get; init; } = "";

    /// <summary>Lines at the bottom of the picture.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Whether the horizontal axis is logarithmic.</summary>
    public bool LogarithmicAcross { get; init; }

    /// <summary>Whether the vertical axis is logarithmic.</summary>
    public bool LogarithmicUp { get; init; }

    /// <summary>Names of the positions 0, 1, 2, ... of the horizontal axis; empty if it shows numbers.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>Positions that the axes include beside the data.</summary>
    public IReadOnlyList<(double X, double Y)> Cover { get; init; } = [];

    /// <summary>Lines behind the points.</summary>
    public IReadOnlyList<PlotGuide> Guides { get; init; } = [];

    /// <summary>Names beside points. A series that is named here is not in the legend.</summary>
    public IReadOnlyList<PlotName> Names { get; init; } = [];

    /// <summary>The points that the axes can show.</summary>
    public IEnumerable<PlotPoint> Shown => Series.SelectMany(series => series.Points).Where(CanShow);

    /// <summary>Whether the axes can show a point.</summary>
    public bool CanShow(PlotPoint point) => CanShow(point.X, point.Y.Value);

    /// <summary>Whether the axes can show a position.</summary>
    public bool CanShow(double x, double y) =>
        (LogarithmicAcross ? Axis.CanShowLogarithm(x) : Axis.CanShow(x))
        && (LogarithmicUp ? Axis.CanShowLogarithm(y) : Axis.CanShow(y));

    /// <summary>Writes an SVG file.</summary>
    /// <exception cref="CalmException">The file cannot be written.</exception>
    public void Write(string path) => Write(path, this);

    /// <summary>Writes plots side by side into one SVG file.</summary>
    /// <exception cref="CalmException">The file cannot be written.</exception>
    public static void Write(string path, params Plot[] panels) =>
        SafeFile.Write(path, stream => Picture(panels).Save(stream, SaveOptions.DisableFormatting));

    /// <summary>The plot as an SVG document.</summary>
    public XElement Draw() => Picture(this);

    /// <summary>Plots side by side as an SVG document.</summary>
    public static XElement Picture(params Plot[] panels) => Markup.Picture(
        panels.Sum(panel => panel.Width), panels.Max(panel => panel.Height), panels[0].Title, ChartStyle.Picture,
        panels.Select((panel, i) => Markup.Group(
            panels.Take(i).Sum(left => left.Width), new PlotDrawing(panel, hasTitle: true).Elements())));

    /// <summary>The plot as a figure of an HTML page, with the title in the caption.</summary>
    /// <param name="detail">Text beside the title; null for none.</param>
    public XElement Figure(string? detail) => Markup.Element(
        "figure",
        Markup.Element(
            "figcaption", Markup.Element("b", Title), detail is null ? null : Markup.Element("span", detail)),
        Shown.Any()
            ? Markup.Canvas(Width, Height, Title, new PlotDrawing(this, hasTitle: false).Elements())
            : Markup.Element("p.note", "There are no numbers to draw."));
}
