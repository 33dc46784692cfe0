namespace Calm.Cli;

/// <summary>One of the models that a study trains and compares.</summary>
/// <param name="Name">Its folder and its name in the results: calm-k4.</param>
/// <param name="Label">Its name in tables and plots: CALM, K = 4.</param>
/// <param name="Stage">The model that it trains.</param>
/// <param name="Settings">Its changes to the study's configuration, as for <c>--set</c>.</param>
/// <param name="Autoencoder">The name of the arm whose autoencoder it uses; arms may share one.</param>
internal sealed record StudyArm(
    string Name, string Label, Stage Stage, IReadOnlyList<string> Settings, string? Autoencoder = null);

/// <summary>The budget that is equal for the arms of a study.</summary>
internal enum EqualBudget
{
    /// <summary>Time in training steps.</summary>
    Time,

    /// <summary>FLOPs of training, by the formula of docs/flops.md.</summary>
    Flops,

    /// <summary>Training steps.</summary>
    Steps,
}

/// <summary>The models of a study and their budget.</summary>
internal sealed record StudyDesign
{
    /// <summary>Default budget in minutes.</summary>
    public double Minutes { get; init; } = 20;

    /// <summary>Changes to the preset for all arms, before the user's.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>Autoencoders, which are trained first; may be empty.</summary>
    public IReadOnlyList<StudyArm> Autoencoders { get; init; } = [];

    /// <summary>The share of the budget for autoencoders.</summary>
    public double AutoencoderShare { get; init; } = 0.15;

    /// <summary>The models to compare.</summary>
    public required IReadOnlyList<StudyArm> Arms { get; init; }

    /// <summary>The budget that is equal for all of them.</summary>
    public required EqualBudget Equal { get; init; }

    /// <summary>
    /// Steps after which an arm is measured, in ascending order, ending with its last step; the same number for every arm.
    /// Arguments: the steps of the arm, and the fewest of any arm.
    /// </summary>
    public Func<int, int, int[]> Checkpoints { get; init; } = (steps, _) => [steps];
}
