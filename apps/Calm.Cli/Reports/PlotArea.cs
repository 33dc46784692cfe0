using System.Xml.Linq;

namespace Calm.Cli;

/// <summary>The part of a picture that values lie on: its axes, and its edges in the picture's coordinates.</summary>
/// <param name="Across">The axis from left to right.</param>
/// <param name="Up">The axis from bottom to top.</param>
/// <param name="Left">The left edge.</param>
/// <param name="Right">The right edge.</param>
/// <param name="Top">The top edge.</param>
/// <param name="Bottom">The bottom edge.</param>
internal sealed record PlotArea(Axis Across, Axis Up, double Left, double Right, double Top, double Bottom)
{
    /// <summary>Of a point's dot.</summary>
    public const double Radius = 4;

    private const double CapWidth = 4;

    /// <summary>What 1 on the axis across stands for.</summary>
    public double Unit { get; init; } = 1;

    /// <summary>Where a value lies across.</summary>
    public double X(double value) => Across.Place(value / Unit, Left, Right);

    /// <summary>Where a value lies up.</summary>
    public double Y(double value) => Up.Place(value, Bottom, Top);

    /// <summary>A line and a number at each tick of the axis up, and the line at the bottom.</summary>
    public IEnumerable<XElement> Rows()
    {
        foreach (double tick in Up.Ticks)
        {
            yield return Markup.Line(Left, Y(tick), Right, Y(tick), "grid");
            yield return Markup.Label(Left - 8, Y(tick) + 4, Up.Label(tick), "tick end");
        }

        yield return Markup.Line(Left, Bottom, Right, Bottom, "axis");
    }

    /// <summary>A dot, and its interval as a bar with caps where both ends are known.</summary>
    /// <param name="x">Its place across, as a value.</param>
    /// <param name="y">The value, with its interval.</param>
    /// <param name="colour">Its style.</param>
    /// <param name="title">What a pointer over it tells.</param>
    public IEnumerable<XElement> Point(double x, Estimate y, string colour, string title)
    {
        double place = X(x);
        if (Axis.CanShow(y.Low) && Axis.CanShow(y.High))
        {
            (double low, double high) = (Y(y.Low), Y(y.High));
            yield return Markup.Line(place, low, place, high, $"bar {colour}");
            yield return Markup.Line(place - CapWidth, low, place + CapWidth, low, $"bar {colour}");
            yield return Markup.Line(place - CapWidth, high, place + CapWidth, high, $"bar {colour}");
        }

        yield return Markup.Dot(place, Y(y.Value), Radius, $"dot {colour}", title);
    }
}
