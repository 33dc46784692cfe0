namespace Calm.Cli;

/// <summary>
/// A question that is answered by training a few models. Defines the models, measurements beyond the stage's own
/// evaluation, and the conclusions. <see cref="StudyRunner"/> does the rest.
/// </summary>
internal interface IStudy
{
    /// <summary>Its name on the command line.</summary>
    string Name { get; }

    /// <summary>Its page's title.</summary>
    string Title { get; }

    /// <summary>Question and method, in a few sentences.</summary>
    string Question { get; }

    /// <summary>The models to train.</summary>
    StudyDesign Design { get; }

    /// <summary>Measures an arm at one of its checkpoints, after its stage's evaluation.</summary>
    /// <returns>
    /// Values by variant. Those of the empty variant are added to the evaluation's. Empty if the evaluation suffices.
    /// </returns>
    IEnumerable<(string Variant, IReadOnlyDictionary<string, double> Values)> Measure(StudyProbe probe) => [];

    /// <summary>Makes plots, tables and conclusions from the measurements.</summary>
    StudyFindings Conclude(StudyRecord record);
}

/// <summary>A trained arm to measure.</summary>
/// <param name="Arm">The arm.</param>
/// <param name="Stage">Its stage, with the weights of the checkpoint.</param>
/// <param name="Config">Its configuration.</param>
/// <param name="Corpus">Its text.</param>
/// <param name="Device">The device of its weights.</param>
/// <param name="Round">Number of the checkpoint, from 0.</param>
internal sealed record StudyProbe(
    StudyArm Arm, IStage Stage, RunConfig Config, Corpus Corpus, Calm.Runtime.Device Device, int Round);

/// <summary>The findings of a study.</summary>
/// <param name="Plots">Pictures, the most important one first.</param>
/// <param name="Tables">Tables.</param>
/// <param name="Conclusions">Conclusions from the intervals, one sentence each.</param>
internal sealed record StudyFindings(
    IReadOnlyList<Plot> Plots, IReadOnlyList<MarkdownTable> Tables, IReadOnlyList<string> Conclusions);
