using Calm.Runtime;

namespace Calm.Training;

/// <summary>Makes stages of configurations: what <c>calm train</c> and <c>calm demo</c> have in common.</summary>
internal static class StageFactory
{
    /// <summary>The configuration with the vocabulary of a tokenizer and the sizes that the models share.</summary>
    public static RunConfig Resolve(RunConfig config, ITokenizer tokenizer)
    {
        AutoencoderConfig autoencoder = config.Autoencoder with
        {
            VocabSize = tokenizer.VocabularySize,
            BosTokenId = tokenizer.Begin,
            EosTokenId = tokenizer.EndOfText,
            PadTokenId = tokenizer.Pad,
        };
        CalmConfig calm = config.Calm with
        {
            VocabSize = tokenizer.VocabularySize,
            BosTokenId = tokenizer.Begin,
            EosTokenId = tokenizer.EndOfText,
            PadTokenId = tokenizer.Pad,
        };
        ArConfig ar = config.Ar with
        {
            VocabSize = tokenizer.VocabularySize,
            BosTokenId = tokenizer.Begin,
            EosTokenId = tokenizer.EndOfText,
            PadTokenId = tokenizer.Pad,
        };
        return config with { Autoencoder = autoencoder, Calm = calm, Ar = ar };
    }

    /// <summary>An autoencoder to train.</summary>
    public static AutoencoderStage Autoencoder(RunConfig config, Corpus corpus, Device device)
    {
        ConfigCheck.Autoencoder(config.Autoencoder);
        ConfigCheck.Training(config.AutoencoderTraining, "autoencoder_training");
        corpus.RequirePatches(config.AutoencoderTraining.BatchSize, "one batch");
        return new AutoencoderStage(config.Autoencoder, config.AutoencoderTraining, corpus, device);
    }

    /// <summary>A language model to train, with the autoencoder that a folder holds, alone or in a language model.</summary>
    public static CalmStage Calm(RunConfig config, string autoencoderFolder, Corpus corpus, Device device)
    {
        ConfigCheck.Calm(config.Calm, config.Autoencoder);
        ConfigCheck.Training(config.CalmTraining, "calm_training");
        ConfigCheck.Context(config.Calm, config.CalmTraining);
        corpus.RequirePatches(config.CalmTraining.ContextPatches, "one sequence");
        Autoencoder autoencoder = new(new ParameterSet(), config.Autoencoder, PublishedCheckpoint.AutoencoderPrefix);
        autoencoder.Parameters.Allocate(device, trainable: false);
        using SafetensorsWeights weights = new(autoencoderFolder);
        Weights.Load(autoencoder.Parameters, new Prefixed(weights, PublishedCheckpoint.AutoencoderPrefix));
        return new CalmStage(config.Calm, autoencoder, config.CalmTraining, corpus, device);
    }

    /// <summary>A discrete model to train.</summary>
    public static ArStage Ar(RunConfig config, Corpus corpus, Device device)
    {
        ConfigCheck.Ar(config, corpus.Train.PatchSize);
        corpus.RequirePatches(config.ArTraining.ContextTokens / corpus.Train.PatchSize, "one sequence");
        return new ArStage(config.Ar, config.ArTraining, corpus, device);
    }

    /// <summary>A language model's checkpoint, where its autoencoder's names have a prefix, or that autoencoder's.</summary>
    private sealed class Prefixed(IWeightSource source, string prefix) : IWeightSource
    {
        public string Where => source.Where;

        public bool TryRead(string name, out int[] sizes, out float[] values) =>
            source.TryRead(name, out sizes, out values)
            || (name.StartsWith(prefix, StringComparison.Ordinal)
                && source.TryRead(name[prefix.Length..], out sizes, out values));
    }
}
