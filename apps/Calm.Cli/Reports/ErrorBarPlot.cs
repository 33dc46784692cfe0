using System.Xml.Linq;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>A measured point.</summary>
/// <param name="X">Its place across; the number of its category where the plot has categories.</param>
/// <param name="Y">What was measured, with its interval.</param>
/// <param name="Name">What a pointer over it tells.</param>
internal sealed record PlotPoint(double X, Estimate Y, string Name);

/// <summary>Points that belong together.</summary>
/// <param name="Name">What the legend calls them.</param>
/// <param name="Points">The points.</param>
/// <param name="Joined">Whether a line joins them in their order.</param>
/// <param name="Dashed">Whether that line is dashed: what is there to compare with.</param>
internal sealed record PlotSeries(string Name, IReadOnlyList<PlotPoint> Points, bool Joined = true, bool Dashed = false);

/// <summary>Points with their intervals as bars, over numbers or over categories: a picture of its own.</summary>
/// <param name="Title">What is shown.</param>
/// <param name="Across">What lies across.</param>
/// <param name="Up">What lies up.</param>
/// <param name="Series">The points.</param>
internal sealed record ErrorBarPlot(string Title, string Across, string Up, IReadOnlyList<PlotSeries> Series)
{
    private const double Width = 760;
    private const double Height = 440;
    private const double Right = Width - 24;
    private const double LegendTop = 46;
    private const double LegendRow = 18;
    private const double Bottom = Height - 60;
    private const double WidthOfCharacter = 6.8;
    private const int LegendPlaces = 4;

    /// <summary>Whether places across lie in equal ratios.</summary>
    public bool LogarithmicAcross { get; init; }

    /// <summary>Names of the places 0, 1, 2, ... across; empty where these are numbers.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>Writes the plot to a file.</summary>
    /// <exception cref="CalmException">The file cannot be written.</exception>
    public void Write(string path) =>
        SafeFile.Write(path, stream => Draw().Save(stream, SaveOptions.DisableFormatting));

    private int LegendRows => Series.Count > 1 ? (Series.Count + LegendPlaces - 1) / LegendPlaces : 0;

    /// <summary>The plot begins below the legend and the name of the axis.</summary>
    private double Top => LegendTop + LegendRow * Math.Max(1, LegendRows) + 20;

    /// <summary>The plot.</summary>
    public XElement Draw()
    {
        PlotPoint[] shown = [.. Series.SelectMany(series => series.Points).Where(HasPlace)];
        IEnumerable<double> places = shown.Select(point => point.X);
        Axis across = Categories.Count > 0 ? Axis.Linear([-0.5, Categories.Count - 0.5], Categories.Count, endAtTicks: false)
            : LogarithmicAcross ? Axis.Logarithmic(places, 6)
            : Axis.Linear(places, 6, endAtTicks: true);
        Axis up = Axis.Linear(shown.SelectMany(p => new[] { p.Y.Value, p.Y.Low, p.Y.High }), 6, endAtTicks: true);
        double left = 24 + WidthOfCharacter * up.Ticks.Max(tick => up.Label(tick).Length);
        PlotArea plot = new(across, up, left, Right, Top, Bottom);
        return Markup.Picture(
            Width, Height, Title, PictureStyle.Sheet + PictureStyle.Series,
            Markup.Label(16, 26, Title, "title"), Series.Count > 1 ? Legend() : null, plot.Rows(), Labels(plot),
            Series.Select((series, i) => Draw(series, Markup.Colour(i), plot)));
    }

    private bool HasPlace(PlotPoint point) =>
        Axis.CanShow(point.Y.Value) && (LogarithmicAcross ? Axis.CanShowLogarithm(point.X) : Axis.CanShow(point.X));

    private IEnumerable<XElement> Legend()
    {
        double width = (Right - 16) / Math.Min(LegendPlaces, Series.Count);
        for (int i = 0; i < Series.Count; i++)
        {
            double x = 16 + i % LegendPlaces * width;
            double y = LegendTop + i / LegendPlaces * LegendRow;
            string colour = Markup.Colour(i);
            yield return Markup.Line(x, y - 4, x + 18, y - 4, Style(Series[i], colour));
            yield return Markup.Dot(x + 9, y - 4, PlotArea.Radius, $"dot {colour}", Series[i].Name);
            yield return Markup.Label(x + 26, y, Series[i].Name, "tick");
        }
    }

    private IEnumerable<XElement> Labels(PlotArea plot)
    {
        bool isShort = LogarithmicAcross && plot.Across.High < 1e7;
        IEnumerable<(double Place, string Name)> ticks = Categories.Count > 0
            ? Categories.Select((name, i) => ((double)i, name))
            : plot.Across.Ticks.Select(tick => (tick, isShort ? Readable.Short(tick) : plot.Across.Label(tick)));
        // Long names of categories take turns in two rows.
        double room = (Right - plot.Left) / Math.Max(1, Categories.Count);
        bool takesTurns = Categories.Any(name => WidthOfCharacter * name.Length > room);
        foreach ((int i, (double place, string name)) in ticks.Index())
        {
            double drop = takesTurns && i % 2 == 1 ? LegendRow : 0;
            yield return Markup.Line(plot.X(place), Bottom, plot.X(place), Bottom + 4 + drop, "axis");
            yield return Markup.Label(plot.X(place), Bottom + 20 + drop, name, "tick middle");
        }

        yield return Markup.Label(16, Top - 12, Up, "tick");
        yield return Markup.Label((plot.Left + Right) / 2, Height - 14, Across, "tick middle");
    }

    private IEnumerable<XElement> Draw(PlotSeries series, string colour, PlotArea plot)
    {
        PlotPoint[] points = [.. series.Points.Where(HasPlace)];
        if (series.Joined && points.Length > 1)
        {
            yield return Markup.Path(
                points.Select(point => (plot.X(point.X), plot.Y(point.Y.Value))), closed: false, Style(series, colour));
        }

        foreach (XElement element in points.SelectMany(point => plot.Point(point.X, point.Y, colour, point.Name)))
        {
            yield return element;
        }
    }

    private static string Style(PlotSeries series, string colour) =>
        !series.Joined ? "hidden" : series.Dashed ? $"line dashed {colour}" : $"line {colour}";
}
