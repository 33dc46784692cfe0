using System.Xml.Linq;

namespace Calm.Cli;

/// <summary>The times of ops over devices: a line an op, a dot a device, on a logarithmic axis.</summary>
internal sealed class OpTimesPlot
{
    private const double Width = 440;
    private const double RowHeight = 17;
    private const double Top = 34;
    private const double CharacterWidth = 7.5;
    private const double Radius = 3.5;
    private const double Apart = 3;
    private const int MostOfName = 26;
    private const int Intervals = 4;

    private readonly IReadOnlyList<ComparedDevice> _devices;
    private readonly string _direction;
    private readonly OpLine[] _lines;
    private readonly Axis _axis;
    private readonly double _left;

    private sealed record Dot(int Device, double Micro, string Shape, bool HasOtherShape);

    private sealed record OpLine(string Op, IReadOnlyList<Dot> Dots);

    /// <summary>Lays the times of a direction out, the longest first.</summary>
    public OpTimesPlot(PassportComparison comparison, string direction)
    {
        (_devices, _direction) = (comparison.Devices, direction);
        _lines =
        [
            .. comparison.Ops.Where(op => op.Direction == direction).GroupBy(op => op.Op)
                .Select(op => new OpLine(op.Key, DotsOf(op))).Where(line => line.Dots.Count > 0)
                .OrderByDescending(line => line.Dots[0].Micro),
        ];
        _axis = Axis.Logarithmic(_lines.SelectMany(line => line.Dots).Select(dot => dot.Micro), Intervals);
        _left = 12 + (CharacterWidth * _lines.Select(line => Short(line.Op).Length).DefaultIfEmpty(0).Max());
    }

    /// <summary>The figure; null if no op was timed.</summary>
    public XElement? Figure() => _lines.Length == 0
        ? null
        : Markup.Element(
            "figure",
            Markup.Element(
                "figcaption", Markup.Element("b", $"Time of each op, {_direction}"), Markup.Element("span", "median, µs")),
            Markup.Canvas(
                Width, Bottom + RowHeight + 4, $"Time of each op, {_direction}", [.. Legend(), .. Frame(), .. Lines()]));

    private double Bottom => Top + (RowHeight * _lines.Length);

    private static double Right => Width - 26;

    // A device that was timed at several shapes of an op has the largest here.
    private Dot[] DotsOf(IGrouping<string, ComparedOp> op)
    {
        var timed =
            from device in Enumerable.Range(0, _devices.Count)
            let rows = op.Select(one => one.Rows[device]).OfType<BenchRow>()
                .Where(row => Axis.CanShowLogarithm(row.SecondsMedian * 1e6))
            where rows.Any()
            select (Device: device, Row: rows.MaxBy(row => row.SecondsMedian)!);
        (int Device, BenchRow Row)[] all = [.. timed];
        return
        [
            .. all.Select(one => new Dot(
                one.Device, one.Row.SecondsMedian * 1e6, one.Row.Shape, one.Row.Shape != all[0].Row.Shape)),
        ];
    }

    private IEnumerable<XElement> Legend()
    {
        double x = 8;
        foreach ((int i, ComparedDevice device) in _devices.Index())
        {
            yield return Markup.Dot(x, 8, Radius, $"dot {Markup.Colour(i)}", device.Title);
            yield return Markup.Label(x + 9, 12, $"{device.Letter} {ShortName(device)}", "tick");
            x += 24 + (CharacterWidth * (2 + ShortName(device).Length));
        }
    }

    private IEnumerable<XElement> Frame()
    {
        foreach (double tick in _axis.Ticks)
        {
            yield return Markup.Line(X(tick), Top - 4, X(tick), Bottom, "grid");
            yield return Markup.Label(X(tick), Top - 8, _axis.Label(tick), "tick middle");
            yield return Markup.Label(X(tick), Bottom + RowHeight - 3, _axis.Label(tick), "tick middle");
        }
    }

    private IEnumerable<XElement> Lines()
    {
        foreach ((int i, OpLine line) in _lines.Index())
        {
            double y = Top + (RowHeight * (i + 0.5));
            yield return Markup.Label(_left - 8, y + 4, Short(line.Op), "end");
            yield return Markup.Line(
                X(line.Dots.Min(dot => dot.Micro)), y, X(line.Dots.Max(dot => dot.Micro)), y, "faint");
            foreach (Dot dot in line.Dots)
            {
                double offset = Apart * (dot.Device - ((_devices.Count - 1) / 2.0));
                yield return Markup.Dot(
                    X(dot.Micro), y + offset, Radius, $"{(dot.HasOtherShape ? "ring" : "dot")} {Markup.Colour(dot.Device)}",
                    $"{_devices[dot.Device].Letter}, {line.Op} {dot.Shape}: {Readable.Short(dot.Micro)} µs");
            }
        }
    }

    private double X(double micro) => _axis.Place(micro, _left, Right);

    private static string ShortName(ComparedDevice device) => Short(device.Passport.Device.Name);

    private static string Short(string name) => name.Length > MostOfName ? $"{name[..MostOfName]}…" : name;
}
