namespace Calm.Cli;

/// <summary>The studies that there are.</summary>
internal static class StudyList
{
    /// <summary>All of them, in the order of docs/studies/README.md.</summary>
    public static IReadOnlyList<IStudy> All { get; } =
    [
        new MetricStudy(), new PatchSizeStudy(), new RegularizersStudy(), new HeadsStudy(), new TemperatureStudy(),
        new SamplesStudy(),
    ];
}
