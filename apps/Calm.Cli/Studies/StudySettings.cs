namespace Calm.Cli;

/// <summary>Settings that studies share.</summary>
internal static class StudySettings
{
    /// <summary>
    /// The published loss and a constant learning rate. With it an arm's weights after any step are those of a run that
    /// ends there, so every round compares the same recipe.
    /// </summary>
    public static IReadOnlyList<string> LanguageModels { get; } =
    [
        "calm.auxiliary_weight=0", "calm_training.schedule=constant", "calm_training.learning_rate=0.001",
    ];

    /// <summary>Steps of the learning rate's warm-up; fewer in a short training.</summary>
    public static int WarmUp(int steps) => Math.Clamp(steps / 10, 1, 100);

    /// <summary>The same settings for the discrete model.</summary>
    public static IReadOnlyList<string> Discrete { get; } =
        ["ar_training.schedule=constant", "ar_training.learning_rate=0.001"];

    /// <summary>The autoencoder of arms that share one.</summary>
    public static StudyArm Autoencoder { get; } = new("autoencoder", "autoencoder", Stage.Autoencoder, []);
}
