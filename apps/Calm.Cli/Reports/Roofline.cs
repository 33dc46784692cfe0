using Calm.Kernels;

namespace Calm.Cli;

/// <summary>An op that was timed, in one direction.</summary>
/// <param name="Op">Its name.</param>
/// <param name="IsForward">Whether forward or backward.</param>
/// <param name="Intensity">Operations per byte that has to be read or written.</param>
/// <param name="Gflops">10^9 operations a second, in the best call.</param>
/// <param name="Gbs">10^9 bytes a second.</param>
internal sealed record RooflinePoint(string Op, bool IsForward, double Intensity, double Gflops, double Gbs)
{
    /// <summary>Forward or backward.</summary>
    public string Direction => IsForward ? "forward" : "backward";

    /// <summary>The points of our side's rows that have times and bytes.</summary>
    public static IReadOnlyList<RooflinePoint> Of(IEnumerable<BenchRow> rows) =>
    [
        .. rows.Where(row => row is { IsTimed: true, Provider: BenchRow.Calm, OperationsPerByte: not null }).Select(
            row => new RooflinePoint(
                row.Name, row.Direction == BenchRow.Forward, row.OperationsPerByte ?? 0, row.Gflops ?? 0, row.Gbs ?? 0)),
    ];
}

/// <summary>
/// Ops under the roofs of a machine: operations a second over operations per byte, both logarithmic. Operands in caches can
/// lift an op above the roof of the memory. Source: Williams, Waterman and Patterson 2009, "Roofline".
/// </summary>
internal static class Roofline
{
    // Room for names beside the outermost points.
    private const double Margin = 1.6;

    /// <summary>Makes the plot.</summary>
    /// <param name="device">The measured device.</param>
    /// <param name="peak">The roofs: multiply-adds, and a copy much larger than the caches.</param>
    /// <param name="cachedGbs">Data that fit the fastest cache, 10^9 bytes a second; 0 if not measured.</param>
    /// <param name="points">The ops.</param>
    public static Plot Plot(string device, Peak peak, double cachedGbs, IReadOnlyList<RooflinePoint> points)
    {
        RooflinePoint[] shown = [.. points.Where(p => p.Gflops > 0)];
        double ridge = peak.Gflops / peak.Gbs;
        double left = shown.Select(p => p.Intensity).Append(ridge).Min() / Margin;
        double right = shown.Select(p => p.Intensity).Append(ridge).Max() * Margin;
        double low = shown.Select(p => p.Gflops).Append(peak.Gflops).Min() / Margin;
        double high = shown.Select(p => p.Gflops).Append(peak.Gflops).Max() * Margin;

        // Bandwidth times operations per byte, up to the peak.
        PlotGuide Roof(double gbs, string style)
        {
            double start = Math.Max(left, low / gbs);
            return new PlotGuide([(start, start * gbs), (peak.Gflops / gbs, peak.Gflops), (right, peak.Gflops)], style);
        }

        IGrouping<string, RooflinePoint>[] ops = [.. shown.GroupBy(p => p.Op)];
        string cached = cachedGbs > 0 ? $"{cachedGbs:F0} GB/s in the caches" : "caches not measured";
        string[] copies = [.. points.Where(p => p.Gflops == 0).Select(p => $"{p.Op} {p.Direction}, {p.Gbs:F0} GB/s")];
        return new Plot(
            "Ops under their roofs", "operations per byte", "GFLOP/s",
            [Dots("forward", shown.Where(p => p.IsForward)), Dots("backward alone", shown.Where(p => !p.IsForward))])
        {
            Width = 1000,
            Height = 700,
            Subtitle = $"{device}: {peak.Gflops:F0} GFLOP/s, {peak.Gbs:F0} GB/s of memory, {cached}",
            LogarithmicAcross = true,
            LogarithmicUp = true,
            Cover = [(left, low), (right, high)],
            Guides =
            [
                Roof(peak.Gbs, "guide"),
                .. new[] { cachedGbs }.Where(gbs => gbs > 0).Select(gbs => Roof(gbs, "guide dashed")),
                .. ops.Select(op => new PlotGuide([.. op.Select(p => (p.Intensity, p.Gflops))], "faint")),
            ],
            Names =
            [
                .. ops.Select(op => op.First()).OrderBy(p => p.Intensity)
                    .Select(p => new PlotName(p.Intensity, p.Gflops, p.Op)),
            ],
            Notes =
            [
                "Roof: multiply-adds in registers, and a copy much larger than the caches; dashed: data in the fastest "
                + "cache.",
                "Bytes count once. Operations other than multiply-adds reach half of the peak at most. "
                + (copies.Length > 0 ? $"Without any: {string.Join("; ", copies)}." : ""),
            ],
        };
    }

    private static PlotSeries Dots(string name, IEnumerable<RooflinePoint> points) => new(
        name,
        [
            .. points.Select(p => new PlotPoint(
                p.Intensity, Estimate.Exact(p.Gflops), $"{p.Op} {p.Direction}: {p.Gflops:F1} GFLOP/s, {p.Gbs:F1} GB/s")),
        ],
        Joined: false)
    {
        Mark = name == "forward" ? PlotMark.Dot : PlotMark.Ring,
    };
}
