using Calm.Runtime;

namespace Calm.Training;

/// <summary>The stages that a study's arms can have: how each is made, trained and accounted for.</summary>
internal static class StudyStages
{
    /// <summary>Compresses patches to latents and back.</summary>
    public const string Autoencoder = "autoencoder";

    /// <summary>A language model over latents.</summary>
    public const string Calm = "calm";

    /// <summary>The discrete baseline.</summary>
    public const string Discrete = ArStage.StageName;

    /// <summary>Makes a stage with initial weights.</summary>
    /// <param name="stage">Its name.</param>
    /// <param name="config">The resolved configuration.</param>
    /// <param name="autoencoder">Folder with the autoencoder's weights, for a language model over latents.</param>
    /// <param name="corpus">The text.</param>
    /// <param name="device">Where to.</param>
    public static IStage Open(string stage, RunConfig config, string? autoencoder, Corpus corpus, Device device) =>
        stage switch
        {
            Autoencoder => StageFactory.Autoencoder(config, corpus, device),
            Calm => StageFactory.Calm(config, autoencoder!, corpus, device),
            Discrete => StageFactory.Ar(config, corpus, device),
            _ => throw Unknown(stage),
        };

    /// <summary>The settings of a stage's training.</summary>
    public static TrainingConfig Training(string stage, RunConfig config) => stage switch
    {
        Autoencoder => config.AutoencoderTraining,
        Calm => config.CalmTraining,
        Discrete => config.ArTraining,
        _ => throw Unknown(stage),
    };

    /// <summary>The configuration with other settings of a stage's training.</summary>
    public static RunConfig With(string stage, RunConfig config, TrainingConfig training) => stage switch
    {
        Autoencoder => config with { AutoencoderTraining = training },
        Calm => config with { CalmTraining = training },
        Discrete => config with { ArTraining = training },
        _ => throw Unknown(stage),
    };

    /// <summary>FLOPs of a training step by formula, with attention over the context that is trained.</summary>
    public static double FlopsPerStep(string stage, RunConfig config, long tokens) =>
        tokens * FlopCount.Of(stage, config).TrainingPerToken;

    /// <summary>That there is no such stage.</summary>
    public static CalmException Unknown(string stage) =>
        new($"There is no stage {stage}; there are {Autoencoder}, {Calm} and {Discrete}.");
}
