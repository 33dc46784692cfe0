namespace Calm.Cli;

/// <summary>One of the models that a study trains and compares.</summary>
/// <param name="Name">Its folder and its name in the results: calm-k4.</param>
/// <param name="Label">Its name in tables and plots: CALM, K = 4.</param>
/// <param name="Stage">The model that it trains.</param>
/// <param name="Settings">What it changes in the study's configuration, as <c>--set</c> takes it.</param>
/// <param name="Autoencoder">The name of the arm whose autoencoder it uses; arms may share one.</param>
internal sealed record StudyArm(
    string Name, string Label, Stage Stage, IReadOnlyList<string> Settings, string? Autoencoder = null);

/// <summary>What the arms of a study have the same amount of.</summary>
internal enum EqualBudget
{
    /// <summary>Time in training steps.</summary>
    Time,

    /// <summary>FLOPs of training, by the formula of docs/flops.md.</summary>
    Flops,

    /// <summary>Training steps.</summary>
    Steps,
}

/// <summary>What a study trains.</summary>
internal sealed record StudyDesign
{
    /// <summary>The budget where none is given.</summary>
    public double Minutes { get; init; } = 20;

    /// <summary>What all arms change in the preset, before what the user sets.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>Autoencoders, which are trained first; may be empty.</summary>
    public IReadOnlyList<StudyArm> Autoencoders { get; init; } = [];

    /// <summary>The part of the budget that is spent on them.</summary>
    public double AutoencoderShare { get; init; } = 0.15;

    /// <summary>The models to compare.</summary>
    public required IReadOnlyList<StudyArm> Arms { get; init; }

    /// <summary>What they have the same amount of.</summary>
    public required EqualBudget Equal { get; init; }

    /// <summary>
    /// After which steps an arm is measured, in ascending order, its last step last; as many for every arm. Arguments: its
    /// steps in all, and those of the arm that has fewest.
    /// </summary>
    public Func<int, int, int[]> Checkpoints { get; init; } = (steps, _) => [steps];
}
