using System.Xml.Linq;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>An op that was timed, in one direction.</summary>
/// <param name="Op">Its name.</param>
/// <param name="IsForward">Whether forward or backward.</param>
/// <param name="Intensity">Operations for each byte that has to be read or written.</param>
/// <param name="Gflops">10^9 operations a second, by the best call.</param>
/// <param name="Gbs">10^9 bytes a second.</param>
internal sealed record RooflinePoint(string Op, bool IsForward, double Intensity, double Gflops, double Gbs);

/// <summary>
/// Ops under the roofs of a machine: operations a second over operations a byte, both in equal ratios. What operands in caches
/// gain lifts an op over the roof of the memory. Source: Williams, Waterman and Patterson 2009, "Roofline".
/// </summary>
/// <param name="Device">What was measured, for the caption.</param>
/// <param name="Peak">The roofs: multiply-adds, and a copy much larger than the caches.</param>
/// <param name="CachedGbs">A copy that fits the caches, 10^9 bytes a second; 0 if nobody measured it.</param>
/// <param name="Points">The ops.</param>
internal sealed record Roofline(string Device, Peak Peak, double CachedGbs, IReadOnlyList<RooflinePoint> Points)
{
    private const double Width = 1000;
    private const double Height = 700;
    private const double Left = 64;
    private const double Right = Width - 24;
    private const double Top = 76;
    private const double Bottom = Height - 100;
    private const double Radius = 4.5;

    // Room for labels beside the outermost points.
    private const double Margin = 1.6;

    /// <summary>Writes the plot as a picture of its own.</summary>
    /// <exception cref="CalmException">The file cannot be written.</exception>
    public void Write(string path) =>
        SafeFile.Write(path, stream => Draw().Save(stream, SaveOptions.DisableFormatting));

    /// <summary>The plot.</summary>
    public XElement Draw()
    {
        List<RooflinePoint> shown = [.. Points.Where(p => p.Gflops > 0)];
        Axis across = Axis.Logarithmic(
            [.. shown.SelectMany(p => new[] { p.Intensity / Margin, p.Intensity * Margin }), Peak.Gflops / Peak.Gbs * Margin], 5);
        Axis up = Axis.Logarithmic(
            [.. shown.SelectMany(p => new[] { p.Gflops / Margin, p.Gflops * Margin }), Peak.Gflops * Margin], 5);
        Plot plot = new(x => across.Place(x, Left, Right), y => up.Place(y, Bottom, Top));
        List<(double X, double Y)[]> roofs = [.. Roofs(plot, across, up)];
        return Markup.Picture(
            Width, Height, $"Roofline of the ops on {Device}", PictureStyle.Sheet,
            Markup.Label(Left, 26, "Ops under their roofs", "title"),
            Markup.Label(Left, 46, $"{Device}: {Peak.Gflops:F0} GFLOP/s, {Peak.Gbs:F0} GB/s of memory, {CachedText()}", "tick"),
            Legend(), Frame(across, up),
            roofs.Select((roof, i) => Markup.Path(roof, closed: false, i == 0 ? "roof" : "roof dashed")),
            Ops(plot, roofs, shown), Notes());
    }

    /// <summary>Where the parts of a point lie on the picture.</summary>
    private sealed record Plot(Func<double, double> X, Func<double, double> Y);

    private string CachedText() => CachedGbs > 0 ? $"{CachedGbs:F0} GB/s in the caches" : "caches not measured";

    private static IEnumerable<XElement> Legend()
    {
        yield return Markup.Dot(Right - 186, 42, Radius, "forward", "forward");
        yield return Markup.Label(Right - 174, 46, "forward", "tick");
        yield return Markup.Dot(Right - 106, 42, Radius, "backward", "backward");
        yield return Markup.Label(Right - 94, 46, "backward alone", "tick");
    }

    private static IEnumerable<XElement> Frame(Axis across, Axis up)
    {
        foreach (double tick in up.Ticks)
        {
            double y = up.Place(tick, Bottom, Top);
            yield return Markup.Line(Left, y, Right, y, "grid");
            yield return Markup.Label(Left - 8, y + 4, Readable.Short(tick), "tick end");
        }

        foreach (double tick in across.Ticks)
        {
            double x = across.Place(tick, Left, Right);
            yield return Markup.Line(x, Top, x, Bottom, "grid");
            yield return Markup.Label(x, Bottom + 18, Readable.Short(tick), "tick middle");
        }

        yield return Markup.Line(Left, Bottom, Right, Bottom, "axis");
        yield return Markup.Label(Left - 52, Top - 12, "GFLOP/s", "tick");
        yield return Markup.Label((Left + Right) / 2, Bottom + 38, "operations a byte", "tick middle");
    }

    /// <summary>The roofs as polylines: bandwidth times operations a byte, up to the peak.</summary>
    private IEnumerable<(double X, double Y)[]> Roofs(Plot plot, Axis across, Axis up) =>
        from gbs in new[] { Peak.Gbs, CachedGbs }
        where gbs > 0
        let start = Math.Max(across.Low, up.Low / gbs)
        let corners = new[] { (start, start * gbs), (Peak.Gflops / gbs, Peak.Gflops), (across.High, Peak.Gflops) }
        select corners.Select(corner => (plot.X(corner.Item1), plot.Y(corner.Item2))).ToArray();

    /// <summary>Dots, the two directions of an op joined, and its name beside the first that was timed.</summary>
    private static IEnumerable<XElement> Ops(
        Plot plot, IReadOnlyList<(double X, double Y)[]> roofs, IReadOnlyList<RooflinePoint> points)
    {
        LabelPlaces places = new(Left, Top, Right, Bottom);
        foreach ((double X, double Y)[] roof in roofs)
        {
            places.Avoid(roof[0], roof[1]);
            places.Avoid(roof[1], roof[2]);
        }

        foreach (RooflinePoint p in points)
        {
            places.Avoid((plot.X(p.Intensity), plot.Y(p.Gflops)), Radius);
        }

        foreach (IGrouping<string, RooflinePoint> op in points.GroupBy(p => p.Op))
        {
            yield return Markup.Path(op.Select(p => (plot.X(p.Intensity), plot.Y(p.Gflops))), closed: false, "pair");
        }

        foreach (IGrouping<string, RooflinePoint> op in points.GroupBy(p => p.Op).OrderBy(op => op.First().Intensity))
        {
            (double x, double y) = (plot.X(op.First().Intensity), plot.Y(op.First().Gflops));
            LabelPlaces.Place place = places.Find(x, y, op.Key);
            if (place.IsFar)
            {
                yield return Markup.Line(x, y, place.NearX, place.NearY, "leader");
            }

            yield return Markup.Label(place.X, place.Y, op.Key, "op");
        }

        foreach (RooflinePoint p in points)
        {
            yield return Markup.Dot(
                plot.X(p.Intensity), plot.Y(p.Gflops), Radius, p.IsForward ? "forward" : "backward",
                $"{p.Op} {(p.IsForward ? "forward" : "backward")}: {p.Gflops:F1} GFLOP/s, {p.Gbs:F1} GB/s");
        }
    }

    private IEnumerable<XElement> Notes()
    {
        string[] copies = [.. Points.Where(p => p.Gflops == 0)
            .Select(p => $"{p.Op} {(p.IsForward ? "forward" : "backward")}, {p.Gbs:F0} GB/s")];
        string[] lines =
        [
            "Roof: multiply-adds in registers, and a copy much larger than the caches; dashed: a copy that stays in the caches.",
            "Bytes count once. Operations other than multiply-adds reach half of the peak at most. "
            + (copies.Length > 0 ? $"Without any: {string.Join("; ", copies)}." : ""),
        ];
        return lines.Select((line, i) => Markup.Label(Left, Height - 30 + 18 * i, line, "tick"));
    }
}
