namespace Calm.Cli;

/// <summary>
/// A question that is answered by training a few models: what is trained, what is measured of it besides the stage's own
/// evaluation, and what follows. <see cref="StudyRunner"/> does the rest.
/// </summary>
internal interface IStudy
{
    /// <summary>Its name on the command line.</summary>
    string Name { get; }

    /// <summary>Its page's title.</summary>
    string Title { get; }

    /// <summary>What it asks and how, in a few sentences.</summary>
    string Question { get; }

    /// <summary>What it trains.</summary>
    StudyDesign Design { get; }

    /// <summary>Measures an arm at one of its checkpoints, after its stage's evaluation.</summary>
    /// <returns>
    /// Values by variant; those of the empty variant join the evaluation's. None where the evaluation says everything.
    /// </returns>
    IEnumerable<(string Variant, IReadOnlyDictionary<string, double> Values)> Measure(StudyProbe probe) => [];

    /// <summary>Makes plots, tables and conclusions of what was measured.</summary>
    StudyFindings Conclude(StudyRecord record);
}

/// <summary>A trained arm to measure.</summary>
/// <param name="Arm">The arm.</param>
/// <param name="Stage">Its stage, with the weights of the checkpoint.</param>
/// <param name="Config">Its configuration.</param>
/// <param name="Corpus">Its text.</param>
/// <param name="Device">Where its weights are.</param>
/// <param name="Round">Which checkpoint, from 0.</param>
internal sealed record StudyProbe(
    StudyArm Arm, IStage Stage, RunConfig Config, Corpus Corpus, Calm.Runtime.Device Device, int Round);

/// <summary>What a study found.</summary>
/// <param name="Plots">Pictures, the most important one first.</param>
/// <param name="Tables">Tables.</param>
/// <param name="Conclusions">What the intervals allow to say, a sentence each.</param>
internal sealed record StudyFindings(
    IReadOnlyList<Plot> Plots, IReadOnlyList<MarkdownTable> Tables, IReadOnlyList<string> Conclusions);
