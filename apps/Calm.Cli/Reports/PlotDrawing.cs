using System.Xml.Linq;

namespace Calm.Cli;

/// <summary>Lays out a <see cref="Plot"/> and draws its elements.</summary>
internal sealed class PlotDrawing
{
    private const double CharacterWidth = 6.8;
    private const double LineHeight = 18;
    private const double Margin = 16;
    private const double Radius = 4;
    private const double CapWidth = 4;
    private const double ColumnWidth = 0.8;
    private const double LegendLine = 26;

    private readonly Plot _plot;
    private readonly Axis _across;
    private readonly Axis _up;
    private readonly double _left;
    private readonly double _right;
    private readonly double _top;
    private readonly double _bottom;
    private readonly double _legendTop;
    private readonly double _legendWidth;
    private readonly int _legendColumns;
    private readonly bool _hasTitle;
    private readonly bool _staggersCategories;

    /// <summary>Lays a plot out.</summary>
    /// <param name="plot">The plot.</param>
    /// <param name="hasTitle">Whether title and subtitle are part of the drawing.</param>
    public PlotDrawing(Plot plot, bool hasTitle)
    {
        (_plot, _hasTitle) = (plot, hasTitle);
        (double X, double Y)[] corners =
        [
            .. plot.Cover, .. plot.Guides.SelectMany(guide => guide.Points),
            .. plot.Shown.SelectMany(p => new[] { (p.X, p.Y.Value), (p.X, p.Y.Low), (p.X, p.Y.High) }),
            .. plot.Series.Where(series => series.Mark == PlotMark.Column).SelectMany(
                series => series.Points.SelectMany(p => new[] { (p.X - 0.5, 0.0), (p.X + 0.5, 0) })),
        ];
        IEnumerable<double> places = corners.Select(corner => corner.X);
        IEnumerable<double> values = corners.Select(corner => corner.Y);
        int categories = plot.Categories.Count;
        _across = categories > 0 ? Axis.Linear([-0.5, categories - 0.5], categories, endAtTicks: false)
            : plot.LogarithmicAcross ? Axis.Logarithmic(places, 6)
            : Axis.Linear(places, 6, endAtTicks: false);
        _up = plot.LogarithmicUp ? Axis.Logarithmic(values, 6) : Axis.Linear(values, 6, endAtTicks: true);
        _left = Margin + CharacterWidth * _up.Ticks.Max(tick => _up.Label(tick).Length) + 8;
        _right = plot.Width - 24;

        int legend = Legend.Count();
        _legendWidth = LegendLine + CharacterWidth * (2 + Legend.Max(entry => (int?)entry.Series.Name.Length) ?? 0);
        _legendColumns = Math.Max(1, (int)((_right - Margin + 2 * CharacterWidth) / _legendWidth));
        _legendTop = Margin + (hasTitle ? 30 : 0) + (HasSubtitle ? 20 : 0);
        int headRows = (legend + _legendColumns - 1) / _legendColumns + (plot.Up.Length > 0 ? 1 : 0);
        _top = _legendTop - 4 + LineHeight * headRows;

        double room = (_right - _left) / Math.Max(1, categories);
        _staggersCategories = plot.Categories.Any(name => CharacterWidth * name.Length > room);
        int footRows = 1 + (_staggersCategories ? 1 : 0) + (plot.Across.Length > 0 ? 1 : 0);
        double notes = plot.Notes.Count == 0 ? 0 : 10 + LineHeight * plot.Notes.Count;
        _bottom = plot.Height - 8 - LineHeight * footRows - notes;
    }

    private bool HasSubtitle => _hasTitle && _plot.Subtitle.Length > 0;

    /// <summary>The series of the legend, with their numbers. A single series needs none.</summary>
    private IEnumerable<(int Index, PlotSeries Series)> Legend =>
        _plot.Series.Index().Where(entry =>
            _plot.Series.Count > 1 && !_plot.Names.Any(name => name.Text == entry.Item.Name));

    /// <summary>Everything in the picture, from back to front.</summary>
    public IEnumerable<XElement> Elements() =>
    [
        .. Head(), .. Frame(), .. Data(columns: true), .. _plot.Guides.Select(guide => Line(guide.Points, guide.Style)),
        .. Data(columns: false), .. Names(),
    ];

    private IEnumerable<XElement> Data(bool columns) =>
        from entry in _plot.Series.Index()
        where entry.Item.Mark == PlotMark.Column == columns
        from element in Draw(entry.Item, Markup.Colour(entry.Index))
        select element;

    private double X(double value) => _across.Place(value, _left, _right);

    private double Y(double value) => _up.Place(value, _bottom, _top);

    private XElement Line(IEnumerable<(double X, double Y)> points, string style) =>
        Markup.Path(points.Select(point => (X(point.X), Y(point.Y))), closed: false, style);

    private IEnumerable<XElement> Head()
    {
        if (_hasTitle)
        {
            yield return Markup.Label(Margin, 26, _plot.Title, "title");
        }

        if (HasSubtitle)
        {
            yield return Markup.Label(Margin, 46, _plot.Subtitle, "tick");
        }

        foreach ((int place, (int i, PlotSeries series)) in Legend.Index())
        {
            double x = Margin + place % _legendColumns * _legendWidth;
            double y = _legendTop + place / _legendColumns * LineHeight;
            if (series.Joined)
            {
                yield return Markup.Line(x, y - 4, x + 18, y - 4, LineStyle(series, Markup.Colour(i)));
            }

            if (series.Band)
            {
                (double right, double high, double low) = (x + 18, y - 9, y + 1);
                yield return Markup.Path(
                    [(x, low), (x, high), (right, high), (right, low)], closed: true, $"band {Markup.Colour(i)}");
            }

            if (series.Mark != PlotMark.None)
            {
                yield return Mark(x + 9, y - 4, series.Mark, Markup.Colour(i), series.Name);
            }

            yield return Markup.Label(x + LegendLine, y, series.Name, "tick");
        }
    }

    private IEnumerable<XElement> Frame()
    {
        foreach (double tick in _up.Ticks)
        {
            yield return Markup.Line(_left, Y(tick), _right, Y(tick), "grid");
            yield return Markup.Label(_left - 8, Y(tick) + 4, _up.Label(tick), "tick end");
        }

        IEnumerable<(double Place, string Name)> ticks = _plot.Categories.Count > 0
            ? _plot.Categories.Select((name, i) => ((double)i, name))
            : _across.Ticks.Select(tick => (tick, _across.Label(tick)));
        foreach ((int i, (double place, string name)) in ticks.Index())
        {
            double drop = _staggersCategories && i % 2 == 1 ? LineHeight : 0;
            if (_plot.LogarithmicAcross)
            {
                yield return Markup.Line(X(place), _top, X(place), _bottom, "grid");
            }

            yield return Markup.Line(X(place), _bottom, X(place), _bottom + 4 + drop, "axis");
            yield return Markup.Label(X(place), _bottom + LineHeight + drop, name, "tick middle");
        }

        yield return Markup.Line(_left, _bottom, _right, _bottom, "axis");
        if (_plot.Up.Length > 0)
        {
            yield return Markup.Label(Margin, _top - 12, _plot.Up, "tick");
        }

        if (_plot.Across.Length > 0)
        {
            double y = _bottom + LineHeight * (_staggersCategories ? 3 : 2);
            yield return Markup.Label((_left + _right) / 2, y, _plot.Across, "tick middle");
        }

        for (int i = 0; i < _plot.Notes.Count; i++)
        {
            double y = _plot.Height - 10 - LineHeight * (_plot.Notes.Count - 1 - i);
            yield return Markup.Label(Margin, y, _plot.Notes[i], "tick");
        }
    }

    private IEnumerable<XElement> Draw(PlotSeries series, string colour)
    {
        foreach (List<PlotPoint> run in series.Band ? Unbroken(series.Points, HasInterval) : [])
        {
            IEnumerable<(double, double)> high = run.Select(point => (X(point.X), Y(point.Y.High)));
            IEnumerable<(double, double)> low = run.Select(point => (X(point.X), Y(point.Y.Low))).Reverse();
            yield return Markup.Path(high.Concat(low), closed: true, $"band {colour}");
        }

        foreach (List<PlotPoint> run in series.Joined ? Unbroken(series.Points, _plot.CanShow) : [])
        {
            // A line from a lone point to itself is drawn as a dot.
            IEnumerable<PlotPoint> points = run.Count == 1 ? run.Concat(run) : run;
            yield return Line(points.Select(point => (point.X, point.Y.Value)), LineStyle(series, colour));
        }

        foreach (PlotPoint point in series.Points.Where(_plot.CanShow))
        {
            (double x, double y) = (X(point.X), Y(point.Y.Value));
            if (HasInterval(point) && !series.Band)
            {
                (double low, double high) = (Y(point.Y.Low), Y(point.Y.High));
                yield return Markup.Line(x, low, x, high, $"bar {colour}");
                yield return Markup.Line(x - CapWidth, low, x + CapWidth, low, $"bar {colour}");
                yield return Markup.Line(x - CapWidth, high, x + CapWidth, high, $"bar {colour}");
            }

            if (series.Mark == PlotMark.Column)
            {
                (double left, double right) = (X(point.X - ColumnWidth / 2), X(point.X + ColumnWidth / 2));
                yield return Markup.Path(
                    [(left, Y(0)), (left, y), (right, y), (right, Y(0))], closed: true, $"column {colour}");
            }
            else if (series.Mark != PlotMark.None)
            {
                yield return Mark(x, y, series.Mark, colour, point.Name);
            }
        }
    }

    private bool HasInterval(PlotPoint point) =>
        _plot.CanShow(point) && Axis.CanShow(point.Y.Low) && Axis.CanShow(point.Y.High);

    private static XElement Mark(double x, double y, PlotMark mark, string colour, string title) =>
        Markup.Dot(x, y, Radius, $"{(mark == PlotMark.Ring ? "ring" : "dot")} {colour}", title);

    private static string LineStyle(PlotSeries series, string colour) =>
        series.Dashed ? $"line dashed {colour}" : $"line {colour}";

    private IEnumerable<XElement> Names()
    {
        LabelPlaces places = new(_left, _top, _right, _bottom);
        foreach (PlotGuide guide in _plot.Guides.Where(guide => guide.Style != "faint"))
        {
            foreach ((var start, var end) in guide.Points.Zip(guide.Points.Skip(1)))
            {
                places.Avoid((X(start.X), Y(start.Y)), (X(end.X), Y(end.Y)));
            }
        }

        foreach (PlotPoint point in _plot.Shown)
        {
            places.Avoid((X(point.X), Y(point.Y.Value)), Radius);
            if (HasInterval(point))
            {
                places.Avoid((X(point.X), Y(point.Y.Low)), (X(point.X), Y(point.Y.High)));
            }
        }

        foreach (PlotName name in _plot.Names.Where(name => _plot.CanShow(name.X, name.Y)))
        {
            (double x, double y) = (X(name.X), Y(name.Y));
            LabelPlaces.Place place = places.Find(x, y, name.Text);
            if (place.IsFar)
            {
                yield return Markup.Line(x, y, place.NearX, place.NearY, "leader");
            }

            yield return Markup.Label(place.X, place.Y, name.Text, name.Style);
        }
    }

    /// <summary>The points in runs, split where a point fails the test.</summary>
    private static List<List<PlotPoint>> Unbroken(IEnumerable<PlotPoint> points, Func<PlotPoint, bool> test)
    {
        List<List<PlotPoint>> runs = [[]];
        foreach (PlotPoint point in points)
        {
            if (test(point))
            {
                runs[^1].Add(point);
            }
            else
            {
                runs.Add([]);
            }
        }

        return [.. runs.Where(run => run.Count > 0)];
    }
}
