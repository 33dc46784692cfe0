using System.Globalization;

namespace Calm.Cli;

/// <summary>An evaluation of a model in training.</summary>
/// <param name="Flops">Operations of the training so far, above 0.</param>
/// <param name="Value">The quality with its interval; higher is better.</param>
internal readonly record struct FrontierPoint(double Flops, Estimate Value);

/// <summary>The evaluations of one run.</summary>
/// <param name="Name">Its name, shown beside the last point.</param>
/// <param name="Points">In order of cost; at least one.</param>
internal sealed record FrontierSeries(string Name, IReadOnlyList<FrontierPoint> Points);

/// <summary>Quality against training FLOPs, with the Pareto frontier.</summary>
internal static class Frontier
{
    // Room for names beside the outermost points.
    private const double Margin = 1.3;

    private static readonly string[] Units = ["", "k", "M", "G", "T", "P", "E", "Z", "Y"];

    /// <summary>
    /// The Pareto frontier in order of cost: the points that no other point beats in cost or quality without being worse in
    /// the other.
    /// </summary>
    public static IReadOnlyList<FrontierPoint> Of(IEnumerable<FrontierPoint> points)
    {
        List<FrontierPoint> best = [];
        foreach (FrontierPoint point in points.OrderBy(p => p.Flops).ThenByDescending(p => p.Value.Value))
        {
            if (best.Count == 0 || point.Value.Value > best[^1].Value.Value)
            {
                best.Add(point);
            }
        }

        return best;
    }

    /// <summary>Makes the plot.</summary>
    /// <param name="title">The title.</param>
    /// <param name="quality">Name of the values, such as BrierLM x 100.</param>
    /// <param name="series">The runs; at least one.</param>
    public static Plot Plot(string title, string quality, IReadOnlyList<FrontierSeries> series)
    {
        FrontierPoint[] all = [.. series.SelectMany(s => s.Points)];
        int unit = Math.Clamp((int)Math.Floor(Math.Log10(all.Max(p => p.Flops)) / 3), 0, Units.Length - 1);
        double scale = Math.Pow(1000, unit);
        IReadOnlyList<FrontierPoint> best = Of(all);
        double right = all.Max(p => p.Flops) / scale * Margin;
        return new Plot(
            title, $"training, {Units[unit]}FLOPs", "",
            [
                .. series.Select(s => new PlotSeries(
                    s.Name, [.. s.Points.Select(p => new PlotPoint(p.Flops / scale, p.Value, Describe(s.Name, p)))])),
            ])
        {
            Width = 800,
            Height = 520,
            Subtitle = $"{quality}, with intervals where they are known",
            LogarithmicAcross = true,
            Cover = [(all.Min(p => p.Flops) / scale / Margin, best[0].Value.Value)],

            // Steps: the best value holds until a better one is reached.
            Guides =
            [
                new PlotGuide(
                    [
                        .. best.SelectMany((p, i) => new[] { best[Math.Max(0, i - 1)], p }.Select(
                            reached => (p.Flops / scale, reached.Value.Value))),
                        (right, best[^1].Value.Value),
                    ],
                    "guide dashed"),
            ],
            Names =
            [
                .. series.Select((s, i) => new PlotName(
                    s.Points[^1].Flops / scale, s.Points[^1].Value.Value, s.Name, $"name strong {Markup.Colour(i)}")),
            ],
            Notes = ["Dashed: the Pareto frontier, the best value reached for no more FLOPs."],
        };
    }

    private static string Describe(string name, FrontierPoint p) => string.Create(
        CultureInfo.InvariantCulture, $"{name}: {PlotPoint.Describe(p.Value)} for {p.Flops:0.00e0} FLOPs");
}
