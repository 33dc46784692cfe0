using System.Globalization;
using System.Xml.Linq;
using Calm.Runtime;

namespace Calm.Training;

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
    private const double Radius = 4;
    private const double CapWidth = 3;

    // Room for names beside the outermost points.
    private const double Margin = 1.3;

    private static readonly string[] Units = ["", "k", "M", "G", "T", "P", "E", "Z", "Y"];

    private static readonly string Style = PictureStyle.Sheet + """
        svg { --green: #23805b; --violet: #7b4db0; }
        @media (prefers-color-scheme: dark) { svg { --green: #62c79c; --violet: #bd9cec; } }
        .c0 { --series: var(--blue); } .c1 { --series: var(--orange); }
        .c2 { --series: var(--green); } .c3 { --series: var(--violet); }
        .line { fill: none; stroke: var(--series); stroke-opacity: .5; }
        .bar { stroke: var(--series); stroke-width: 1.5; }
        .dot { fill: var(--series); }
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
        Plot plot = new(flops => across.Place(flops / scale, Left, Right), value => up.Place(value, Bottom, Top));
        return Markup.Picture(
            Width, Height, Title, Style,
            Markup.Label(Left, 28, Title, "title"),
            Markup.Label(Left, 48, $"{Quality}, with intervals where they are known", "tick"),
            Frame(across, up, $"training, {Units[unit]}FLOPs"),
            Markup.Path(Stairs(plot, Frontier(all)), closed: false, "roof dashed"),
            Series.Select((series, i) => Draw(series, Markup.Colour(i), plot)),
            Names(plot),
            Markup.Label(
                Left, Height - 16, "Dashed: the Pareto frontier, the best value reached for no more FLOPs.", "tick"));
    }

    /// <summary>Where the parts of a point lie on the picture.</summary>
    private sealed record Plot(Func<double, double> X, Func<double, double> Y);

    private static IEnumerable<XElement> Frame(Axis across, Axis up, string unit)
    {
        foreach (double tick in up.Ticks)
        {
            double y = up.Place(tick, Bottom, Top);
            yield return Markup.Line(Left, y, Right, y, "grid");
            yield return Markup.Label(Left - 8, y + 4, up.Label(tick), "tick end");
        }

        foreach (double tick in across.Ticks)
        {
            double x = across.Place(tick, Left, Right);
            yield return Markup.Line(x, Top, x, Bottom, "grid");
            yield return Markup.Label(x, Bottom + 18, Readable.Short(tick), "tick middle");
        }

        yield return Markup.Line(Left, Bottom, Right, Bottom, "axis");
        yield return Markup.Label((Left + Right) / 2, Bottom + 38, unit, "tick middle");
    }

    /// <summary>The frontier as steps: what was reached holds until more was.</summary>
    private static IEnumerable<(double X, double Y)> Stairs(Plot plot, IReadOnlyList<FrontierPoint> frontier)
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

    private static IEnumerable<XElement> Draw(FrontierSeries series, string colour, Plot plot)
    {
        if (series.Points.Count > 1)
        {
            yield return Markup.Path(
                series.Points.Select(p => (plot.X(p.Flops), plot.Y(p.Value))), closed: false, $"line {colour}");
        }

        foreach (FrontierPoint p in series.Points)
        {
            double x = plot.X(p.Flops);
            bool hasInterval = Axis.CanShow(p.Low) && Axis.CanShow(p.High);
            if (hasInterval)
            {
                (double low, double high) = (plot.Y(p.Low), plot.Y(p.High));
                yield return Markup.Line(x, low, x, high, $"bar {colour}");
                yield return Markup.Line(x - CapWidth, low, x + CapWidth, low, $"bar {colour}");
                yield return Markup.Line(x - CapWidth, high, x + CapWidth, high, $"bar {colour}");
            }

            string interval = hasInterval ? $" ({Readable.Short(p.Low)} to {Readable.Short(p.High)})" : "";
            string flops = p.Flops.ToString("0.00e0", CultureInfo.InvariantCulture);
            yield return Markup.Dot(
                x, plot.Y(p.Value), Radius, $"dot {colour}",
                $"{series.Name}: {Readable.Short(p.Value)}{interval} for {flops} FLOPs");
        }
    }

    private IEnumerable<XElement> Names(Plot plot)
    {
        LabelPlaces places = new(Left, Top, Right, Bottom);
        foreach (FrontierPoint p in Series.SelectMany(series => series.Points))
        {
            places.Avoid((plot.X(p.Flops), plot.Y(p.Value)), Radius);
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
