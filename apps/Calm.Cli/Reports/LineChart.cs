using System.Xml.Linq;

namespace Calm.Cli;

/// <summary>A line of a <see cref="LineChart"/>.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="Points">Its points in order of steps; where one has no number the line is broken.</param>
/// <param name="Dashed">Whether it is there to compare with.</param>
internal sealed record ChartSeries(string Name, IReadOnlyList<CurvePoint> Points, bool Dashed = false);

/// <summary>Values over steps of training, with their intervals as bands.</summary>
/// <param name="Title">What is shown.</param>
/// <param name="Series">The lines; the first is the one the chart is about.</param>
/// <param name="LogarithmicSteps">Whether steps lie in equal ratios, which shows more of the beginning.</param>
internal sealed record LineChart(string Title, IReadOnlyList<ChartSeries> Series, bool LogarithmicSteps = false)
{
    private const double Width = 440;
    private const double Height = 260;
    private const double Top = 10;
    private const double Right = Width - 18;
    private const double Bottom = Height - 40;
    private const double WidthOfCharacter = 6.8;

    // More points than this run into each other; the line alone says enough.
    private const int MostMarkers = 40;

    /// <summary>The chart as a figure with its caption and, for more than one line, a legend.</summary>
    public XElement Draw()
    {
        CurvePoint[] shown = [.. Series.SelectMany(series => series.Points).Where(HasPlace)];
        XElement caption = Markup.Element("figcaption", Markup.Element("b", Title), Latest());
        if (shown.Length == 0)
        {
            return Markup.Element("figure", caption, Markup.Element("p.note", "There are no numbers to draw."));
        }

        IEnumerable<double> steps = shown.Select(point => point.Step);
        Axis across = LogarithmicSteps ? Axis.Logarithmic(steps, 6) : Axis.Linear(steps, 6, endAtTicks: false);
        Axis up = Axis.Linear(shown.SelectMany(p => new[] { p.Value, p.Low, p.High }), 5, endAtTicks: true);
        double left = 14 + WidthOfCharacter * up.Ticks.Max(tick => up.Label(tick).Length);
        Plot plot = new(point => across.Place(point.Step, left, Right), value => up.Place(value, Bottom, Top));
        return Markup.Element(
            "figure", caption, Series.Count > 1 ? Legend() : null,
            Markup.Canvas(
                Width, Height, Title, Frame(across, up, left),
                Series.Select((series, i) => Lines(series, Markup.Colour(i), plot))));
    }

    /// <summary>Where the parts of a point lie on the picture.</summary>
    private sealed record Plot(Func<CurvePoint, double> X, Func<double, double> Y);

    private bool HasPlace(CurvePoint point) =>
        Axis.CanShow(point.Value)
        && (LogarithmicSteps ? Axis.CanShowLogarithm(point.Step) : Axis.CanShow(point.Step));

    private XElement? Latest() =>
        Series.Take(1).SelectMany(series => series.Points).Where(HasPlace).Cast<CurvePoint?>().LastOrDefault() is { } last
            ? Markup.Element("span", $"{Readable.Short(last.Value)} at step {Readable.Short(last.Step)}")
            : null;

    private XElement Legend() =>
        Markup.Element("ul.legend", Series.Select((series, i) => Markup.Element(
            "li." + (series.Dashed ? "dashed " : "") + Markup.Colour(i), series.Name)));

    private static IEnumerable<XElement> Frame(Axis across, Axis up, double left)
    {
        foreach (double tick in up.Ticks)
        {
            double y = up.Place(tick, Bottom, Top);
            yield return Markup.Line(left, y, Right, y, "grid");
            yield return Markup.Label(left - 8, y + 4, up.Label(tick), "tick end");
        }

        yield return Markup.Line(left, Bottom, Right, Bottom, "axis");
        foreach (double tick in across.Ticks)
        {
            double x = across.Place(tick, left, Right);
            yield return Markup.Line(x, Bottom, x, Bottom + 4, "axis");
            yield return Markup.Label(x, Bottom + 18, across.Label(tick), "tick middle");
        }

        yield return Markup.Label((left + Right) / 2, Height - 5, "step", "tick middle");
    }

    private IEnumerable<XElement> Lines(ChartSeries series, string colour, Plot plot)
    {
        foreach (List<CurvePoint> run in Unbroken(series.Points, HasInterval))
        {
            IEnumerable<(double, double)> there = run.Select(point => (plot.X(point), plot.Y(point.High)));
            IEnumerable<(double, double)> back = run.Select(point => (plot.X(point), plot.Y(point.Low))).Reverse();
            yield return Markup.Path(there.Concat(back), closed: true, $"band {colour}");
        }

        foreach (List<CurvePoint> run in Unbroken(series.Points, HasPlace))
        {
            // A line from a lone point to itself is drawn as a dot.
            IEnumerable<CurvePoint> points = run.Count == 1 ? run.Concat(run) : run;
            yield return Markup.Path(
                points.Select(point => (plot.X(point), plot.Y(point.Value))), closed: false,
                series.Dashed ? $"line dashed {colour}" : $"line {colour}");
        }

        CurvePoint[] markers = [.. series.Points.Where(HasPlace)];
        foreach (CurvePoint point in series.Dashed || markers.Length > MostMarkers ? [] : markers)
        {
            yield return Markup.Dot(plot.X(point), plot.Y(point.Value), 2.5, $"dot {colour}", Describe(point));
        }
    }

    private bool HasInterval(CurvePoint point) =>
        HasPlace(point) && Axis.CanShow(point.Low) && Axis.CanShow(point.High);

    private string Describe(CurvePoint point)
    {
        string value = $"step {Readable.Short(point.Step)}: {Readable.Short(point.Value)}";
        return HasInterval(point) ? $"{value} ({Readable.Short(point.Low)} to {Readable.Short(point.High)})" : value;
    }

    /// <summary>The points in pieces, cut where a point does not have what is asked.</summary>
    private static List<List<CurvePoint>> Unbroken(IEnumerable<CurvePoint> points, Func<CurvePoint, bool> asked)
    {
        List<List<CurvePoint>> runs = [];
        bool broken = true;
        foreach (CurvePoint point in points)
        {
            bool has = asked(point);
            if (has && broken)
            {
                runs.Add([]);
            }

            if (has)
            {
                runs[^1].Add(point);
            }

            broken = !has;
        }

        return runs;
    }
}
