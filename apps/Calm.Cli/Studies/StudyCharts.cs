namespace Calm.Cli;

/// <summary>Points, lines and table rows that several studies show.</summary>
internal static class StudyCharts
{
    /// <summary>An arm's BrierLM at a place.</summary>
    public static PlotPoint Point(double x, StudyArm arm, Measurement measured) =>
        new(
            x, measured.BrierLm,
            $"{arm.Label}, step {Readable.Count(measured.Step)}: {Conclusion.Describe(measured.BrierLm)}");

    /// <summary>BrierLM of an arm's rounds over another of its values.</summary>
    public static PlotSeries Curve(StudyRecord record, StudyArm arm, string across, bool dashed = false) =>
        new(arm.Label, [.. record.Curve(arm).Select(one => Point(one[across], arm, one))], Dashed: dashed);
}
