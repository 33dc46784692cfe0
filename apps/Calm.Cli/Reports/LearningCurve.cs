using System.Xml.Linq;

namespace Calm.Cli;

/// <summary>Plots of values over training steps, for a report.</summary>
internal static class LearningCurve
{
    // More marks than this run into each other.
    private const int MostMarks = 40;

    /// <summary>A curve, with its intervals as a band.</summary>
    /// <param name="name">Its name in the legend.</param>
    /// <param name="points">In order of steps.</param>
    /// <param name="isBaseline">Whether it is there to compare with.</param>
    public static PlotSeries Series(string name, IReadOnlyList<CurvePoint> points, bool isBaseline = false) => new(
        name,
        [
            .. points.Select(p => new PlotPoint(
                p.Step, p.Value, $"step {Readable.Short(p.Step)}: {PlotPoint.Describe(p.Value)}")),
        ],
        Dashed: isBaseline)
    {
        Band = true,
        Mark = isBaseline || points.Count > MostMarks ? PlotMark.None : PlotMark.Dot,
    };

    /// <summary>Curves as a figure whose caption has the last value of the first.</summary>
    /// <param name="title">The title.</param>
    /// <param name="up">The name of the vertical axis.</param>
    /// <param name="logarithmicSteps">Whether steps lie in equal ratios.</param>
    /// <param name="series">The curves.</param>
    public static XElement Figure(string title, string up, bool logarithmicSteps, params PlotSeries[] series)
    {
        Plot plot = new(title, logarithmicSteps ? "training step, in equal ratios" : "training step", up, series)
        {
            Width = 440,
            Height = 260,
            LogarithmicAcross = logarithmicSteps,
        };
        PlotPoint? last = series[0].Points.LastOrDefault(plot.CanShow);
        return plot.Figure(last is null ? null : $"{Readable.Short(last.Y.Value)} at step {Readable.Short(last.X)}");
    }
}
