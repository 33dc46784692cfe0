namespace Calm.Cli;

/// <summary>Points and curves that several studies share.</summary>
internal static class StudyCharts
{
    /// <summary>A point for an arm's BrierLM.</summary>
    public static PlotPoint Point(double x, StudyArm arm, Measurement measured) =>
        new(
            x, measured.BrierLm,
            $"{arm.Label}, step {Readable.Count(measured.Step)}: {Conclusion.Describe(measured.BrierLm)}");

    /// <summary>A curve of an arm's BrierLM over another measurement.</summary>
    public static PlotSeries Curve(StudyRecord record, StudyArm arm, string across, bool dashed = false) =>
        new(arm.Label, [.. record.Curve(arm).Select(one => Point(one[across], arm, one))], Dashed: dashed);
}
