using System.Xml.Linq;

namespace Calm.Cli;

/// <summary>Values side by side, each a dot with its interval as a bar.</summary>
/// <param name="Title">What is shown.</param>
/// <param name="Rows">From top to bottom.</param>
internal sealed record IntervalChart(string Title, IReadOnlyList<IntervalChart.Row> Rows)
{
    private const double Width = 440;
    private const double Left = 14;
    private const double Right = Width - 18;
    private const double RowHeight = 48;
    private const double DotInRow = 32;
    private const double AxisHeight = 26;
    private const double CapHeight = 5;
    private const int LongestName = 40;

    /// <summary>A value with its interval.</summary>
    internal sealed record Row(string Name, Estimate Value);

    /// <summary>The chart as a figure with its caption.</summary>
    public XElement Draw()
    {
        double bottom = RowHeight * Rows.Count + 8;
        Axis axis = Axis.Linear(Rows.SelectMany(row => new[] { row.Value.Value, row.Value.Low, row.Value.High }).Append(0), 5, endAtTicks: true);
        return Markup.Element(
            "figure", Markup.Element("figcaption", Markup.Element("b", Title)),
            Markup.Canvas(
                Width, bottom + AxisHeight, Title, Frame(axis, bottom),
                Rows.Select((row, i) => Draw(row, axis, RowHeight * i, Markup.Colour(i)))));
    }

    private static IEnumerable<XElement> Frame(Axis axis, double bottom)
    {
        foreach (double tick in axis.Ticks)
        {
            double x = axis.Place(tick, Left, Right);
            yield return Markup.Line(x, 4, x, bottom, "grid");
            yield return Markup.Label(x, bottom + 18, axis.Label(tick), "tick middle");
        }

        yield return Markup.Line(Left, bottom, Right, bottom, "axis");
    }

    private static IEnumerable<XElement> Draw(Row row, Axis axis, double top, string colour)
    {
        string name = row.Name.Length > LongestName ? row.Name[..LongestName] + "…" : row.Name;
        bool hasInterval = Axis.CanShow(row.Value.Low) && Axis.CanShow(row.Value.High);
        string interval = Conclusion.Describe(row.Value);
        yield return Markup.Label(Left, top + 20, name, "row");
        yield return Markup.Label(Right, top + 20, interval, "row end");
        double y = top + DotInRow;
        if (hasInterval)
        {
            double low = axis.Place(row.Value.Low, Left, Right);
            double high = axis.Place(row.Value.High, Left, Right);
            yield return Markup.Line(low, y, high, y, $"bar {colour}");
            yield return Markup.Line(low, y - CapHeight, low, y + CapHeight, $"bar {colour}");
            yield return Markup.Line(high, y - CapHeight, high, y + CapHeight, $"bar {colour}");
        }

        if (Axis.CanShow(row.Value.Value))
        {
            yield return Markup.Dot(axis.Place(row.Value.Value, Left, Right), y, 5, $"dot {colour}", $"{row.Name}: {interval}");
        }
    }
}
