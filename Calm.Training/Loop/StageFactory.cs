using Calm.Runtime;

namespace Calm.Training;

/// <summary>Makes stages of configurations, after checking them.</summary>
internal static class StageFactory
{
    /// <summary>Makes a stage with initial weights.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="config">The resolved configuration.</param>
    /// <param name="autoencoder">Folder with the autoencoder's weights, for a language model over latents.</param>
    /// <param name="corpus">The text.</param>
    /// <param name="device">The device that holds the weights and trains.</param>
    public static IStage Create(Stage stage, RunConfig config, string? autoencoder, Corpus corpus, Device device) =>
        stage switch
        {
            Stage.Autoencoder => Autoencoder(config, corpus, device),
            Stage.Calm => Calm(config, autoencoder!, corpus, device),
            _ => Ar(config, corpus, device),
        };

    /// <summary>An autoencoder to train.</summary>
    public static AutoencoderStage Autoencoder(RunConfig config, Corpus corpus, Device device)
    {
        ConfigCheck.Stage(config, Stage.Autoencoder);
        corpus.RequirePatches(config.AutoencoderTraining.BatchSize, "one batch", "batch_size");
        return new AutoencoderStage(config.Autoencoder, config.AutoencoderTraining, corpus, device);
    }

    /// <summary>A language model to train. The folder holds the autoencoder, alone or in a language model.</summary>
    public static CalmStage Calm(RunConfig config, string autoencoderFolder, Corpus corpus, Device device)
    {
        RequireCalm(config, corpus);
        Autoencoder autoencoder = new(new ParameterSet(), config.Autoencoder, PublishedCheckpoint.AutoencoderPrefix);
        using ModelWeights weights = ModelWeights.Open(autoencoderFolder);
        Weights.Load(
            autoencoder.Parameters, new WithoutPrefix(weights, PublishedCheckpoint.AutoencoderPrefix), device, trainable: false);
        return new CalmStage(config.Calm, autoencoder, config.CalmTraining, corpus, device);
    }

    /// <summary>A language model over an autoencoder that has learnt nothing: a step takes as long as any other.</summary>
    public static CalmStage UntrainedCalm(RunConfig config, Corpus corpus, Device device)
    {
        RequireCalm(config, corpus);
        Autoencoder autoencoder = new(new ParameterSet(), config.Autoencoder, PublishedCheckpoint.AutoencoderPrefix);
        autoencoder.Parameters.Allocate(device, trainable: false);
        autoencoder.Parameters.Initialize(RandomStreams.AutoencoderWeights(config.CalmTraining.Seed));
        return new CalmStage(config.Calm, autoencoder, config.CalmTraining, corpus, device);
    }

    private static void RequireCalm(RunConfig config, Corpus corpus)
    {
        ConfigCheck.Stage(config, Stage.Calm);
        RequireContext(config.Calm, config.CalmTraining);
        corpus.RequirePatches(config.CalmTraining.ContextPatches, "one sequence", "calm_training.context_patches");
    }

    /// <summary>A discrete model to train.</summary>
    public static ArStage Ar(RunConfig config, Corpus corpus, Device device)
    {
        ConfigCheck.Stage(config, Stage.Ar);
        ConfigCheck.ArContext(config.ArTraining, corpus.Train.PatchSize);
        corpus.RequirePatches(config.ArTraining.ContextTokens / corpus.Train.PatchSize, "one sequence");
        return new ArStage(config.Ar, config.ArTraining, corpus, device);
    }

    /// <summary>Checks that a sequence can be scored: one patch to read, then a window of four tokens.</summary>
    internal static void RequireContext(CalmConfig c, TrainingConfig training)
    {
        int least = 1 + BrierScore.PatchesOfWindow(c.PatchSize);
        if (training.ContextPatches < least)
        {
            throw new SettingException(
                $"calm_training.context_patches is {training.ContextPatches}, expected at least {least} with patches of "
                + $"{c.PatchSize}, to hold a window of {BrierScore.MostTokens} tokens behind the first patch.");
        }
    }
}
