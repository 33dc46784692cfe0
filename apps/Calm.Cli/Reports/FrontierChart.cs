using System.Globalization;
using System.Xml.Linq;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>What some training bought.</summary>
/// <param name="Flops">Its operations, above 0.</param>
/// <param name="Value">The quality; higher is better.</param>
/// <param name="Low">Lower end of its interval; NaN for none.</param>
/// <param name="High">Upper end of its interval.</param>
internal readonly record struct FrontierPoint(double Flops, double Value, double Low, double High);

/// <summary>Points that belong together, such as a run's evaluations.</summary>
/// <param name="Name">What stands beside the last of them.</param>
/// <param name="Points">In order of cost.</param>
internal sealed record FrontierSeries(string Name, IReadOnlyList<FrontierPoint> Points);

/// <summary>Quality over training FLOPs, these in equal ratios, with intervals and the best that each cost bought.</summary>
/// <param name="Title">What is shown.</param>
/// <param name="Quality">What the values are, such as BrierLM x 100.</param>
/// <param name="Series">At least one, each with at least one point.</param>
internal sealed record FrontierChart(string Title, string Quality, IReadOnlyList<FrontierSeries> Series)
{
    private const double Width = 800;
    private const double Height = 520;
    private const double Left = 64;
    private const double Right = Width - 24;
    private const double Top = 76;
    private const double Bottom = Height - 92;

    // Room for names beside the outermost points.
    private const double Margin = 1.3;

    private static readonly string[] Units = ["", "k", "M", "G", "T", "P", "E", "Z", "Y"];

    private static readonly string Style = PictureStyle.Sheet + PictureStyle.Series + """
        .line { stroke-width: 1; stroke-opacity: .5; }
        .name { fill: var(--series); font-weight: 600; }

        """;

    /// <summary>
    /// The Pareto frontier: the points than which no other is both as cheap and as good, unless it is their equal in both,
    /// in order of cost.
    /// </summary>
    public static IReadOnlyList<FrontierPoint> Frontier(IEnumerable<FrontierPoint> points)
    {
        List<FrontierPoint> best = [];
        foreach (FrontierPoint point in points.OrderBy(p => p.Flops).ThenByDescending(p => p.Value))
        {
            if (best.Count == 0 || point.Value > best[^1].Value)
            {
                best.Add(point);
            }
        }

        return best;
    }

    /// <summary>Writes the chart as a picture of its own.</summary>
    /// <exception cref="CalmException">The file cannot be written.</exception>
    public void Write(string path) =>
        SafeFile.Write(path, stream => Draw().Save(stream, SaveOptions.DisableFormatting));

    /// <summary>The chart.</summary>
    public XElement Draw()
    {
        FrontierPoint[] all = [.. Series.SelectMany(series => series.Points)];
        int unit = Math.Clamp((int)Math.Floor(Math.Log10(all.Max(p => p.Flops)) / 3), 0, Units.Length - 1);
        double scale = Math.Pow(1000, unit);
        Axis across = Axis.Logarithmic(
            all.SelectMany(p => new[] { p.Flops / scale / Margin, p.Flops / scale * Margin }), 6);
        Axis up = Axis.Linear(all.SelectMany(p => new[] { p.Value, p.Low, p.High }), 6, endAtTicks: true);
        PlotArea plot = new(across, up, Left, Right, Top, Bottom) { Unit = scale };
        return Markup.Picture(
            Width, Height, Title, Style,
            Markup.Label(Left, 28, Title, "title"),
            Markup.Label(Left, 48, $"{Quality}, with intervals where they are known", "tick"),
            plot.Rows(), Columns(across, $"training, {Units[unit]}FLOPs"),
            Markup.Path(Stairs(plot, Frontier(all)), closed: false, "roof dashed"),
            Series.Select((series, i) => Draw(series, Markup.Colour(i), plot)),
            Names(plot),
            Markup.Label(
                Left, Height - 16, "Dashed: the Pareto frontier, the best value reached for no more FLOPs.", "tick"));
    }

    private static IEnumerable<XElement> Columns(Axis across, string unit)
    {
        foreach (double tick in across.Ticks)
        {
            double x = across.Place(tick, Left, Right);
            yield return Markup.Line(x, Top, x, Bottom, "grid");
            yield return Markup.Label(x, Bottom + 18, Readable.Short(tick), "tick middle");
        }

        yield return Markup.Label((Left + Right) / 2, Bottom + 38, unit, "tick middle");
    }

    /// <summary>The frontier as steps: what was reached holds until more was.</summary>
    private static IEnumerable<(double X, double Y)> Stairs(PlotArea plot, IReadOnlyList<FrontierPoint> frontier)
    {
        for (int i = 0; i < frontier.Count; i++)
        {
            if (i > 0)
            {
                yield return (plot.X(frontier[i].Flops), plot.Y(frontier[i - 1].Value));
            }

            yield return (plot.X(frontier[i].Flops), plot.Y(frontier[i].Value));
        }

        yield return (Right, plot.Y(frontier[^1].Value));
    }

    private static IEnumerable<XElement> Draw(FrontierSeries series, string colour, PlotArea plot)
    {
        if (series.Points.Count > 1)
        {
            yield return Markup.Path(
                series.Points.Select(p => (plot.X(p.Flops), plot.Y(p.Value))), closed: false, $"line {colour}");
        }

        foreach (FrontierPoint p in series.Points)
        {
            bool hasInterval = Axis.CanShow(p.Low) && Axis.CanShow(p.High);
            string interval = hasInterval ? $" ({Readable.Short(p.Low)} to {Readable.Short(p.High)})" : "";
            string flops = p.Flops.ToString("0.00e0", CultureInfo.InvariantCulture);
            string title = $"{series.Name}: {Readable.Short(p.Value)}{interval} for {flops} FLOPs";
            foreach (XElement element in plot.Point(p.Flops, new Estimate(p.Value, p.Low, p.High), colour, title))
            {
                yield return element;
            }
        }
    }

    private IEnumerable<XElement> Names(PlotArea plot)
    {
        LabelPlaces places = new(Left, Top, Right, Bottom);
        foreach (FrontierPoint p in Series.SelectMany(series => series.Points))
        {
            places.Avoid((plot.X(p.Flops), plot.Y(p.Value)), PlotArea.Radius);
        }

        for (int i = 0; i < Series.Count; i++)
        {
            FrontierSeries series = Series[i];
            FrontierPoint last = series.Points[^1];
            (double x, double y) = (plot.X(last.Flops), plot.Y(last.Value));
            LabelPlaces.Place place = places.Find(x, y, series.Name);
            if (place.IsFar)
            {
                yield return Markup.Line(x, y, place.NearX, place.NearY, "leader");
            }

            yield return Markup.Label(place.X, place.Y, series.Name, $"name {Markup.Colour(i)}");
        }
    }
}
