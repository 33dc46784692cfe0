using Calm.Runtime;

namespace Calm.Training;

/// <summary>Named configurations.</summary>
public static class Presets
{
    private const int PublishedVocabulary = 128256;

    /// <summary>The shapes whose whole training steps are benchmarked.</summary>
    public static IReadOnlyList<string> StepNames { get; } = ["tiny", "small", "medium", "calm-m", "calm-l"];

    // The published batches of 256 are those of many devices.
    private const int PublishedStepBatch = 4;

    /// <summary>The configuration of a benchmarked step.</summary>
    /// <param name="name">One of <see cref="StepNames"/>.</param>
    /// <param name="batch">Sequences of the step; null for as many as suit it.</param>
    internal static RunConfig Step(string name, int? batch)
    {
        if (batch < 1)
        {
            throw new SettingException($"batch_size is {batch}, expected at least 1.");
        }

        RunConfig config = Get(name);
        TrainingConfig training = config.CalmTraining;
        int usual = Math.Min(training.BatchSize, training.ContextPatches > LongContext ? PublishedStepBatch : int.MaxValue);
        return config with { CalmTraining = training with { BatchSize = batch ?? usual } };
    }

    private const int LongContext = 1024;

    private static readonly Dictionary<string, Func<RunConfig>> ByName = new()
    {
        ["demo"] = Demo,
        ["tiny"] = () => Step(128, 4, 4, 344, 32, 4096, 64, 8),
        ["small"] = () => Step(256, 6, 8, 688, 64, 8192, 128, 8),
        ["medium"] = () => Step(512, 8, 8, 1376, 128, 16384, 128, 4),
        ["calm-m"] = () => Published(1024, 2752, 16),
        ["calm-l"] = () => Published(1536, 4096, 16),
        ["calm-xl"] = () => Published(2560, 6880, 16),
        ["transformer-s"] = () => Published(768, 2048, 12),
        ["transformer-m"] = () => Published(1024, 2752, 16),
        ["transformer-l"] = () => Published(1536, 4096, 16),
    };

    /// <summary>The names of all presets.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    /// <summary>The configuration with a name.</summary>
    /// <exception cref="SettingException">There is none; the message offers a near one.</exception>
    public static RunConfig Get(string name) =>
        ByName.TryGetValue(name, out Func<RunConfig>? make)
            ? make()
            : throw new SettingException(
                $"preset {name}: unknown{Suggestion.For(name, Names)} Known: {string.Join(", ", Names)}.");

    /// <summary>Trains in minutes on two cores: docs/recipe.md.</summary>
    private static RunConfig Demo() => new()
    {
        Autoencoder = new AutoencoderConfig { LatentSize = 48 },
        AutoencoderTraining = new TrainingConfig
        {
            Steps = 800, BatchSize = 512, LearningRate = 2e-3, EvaluateEvery = 100,
        },
        Calm = new CalmConfig
        {
            LatentSize = 48, NumMlpLayers = 1, NumSamples = 4, InitializerRange = 0.1f, AuxiliaryWeight = 4,
        },
        CalmTraining = new TrainingConfig
        {
            Steps = 8000, BatchSize = 4, ContextPatches = 64, LearningRate = 2e-3, WarmupSteps = 100, Beta2 = 0.99,
            EvaluateEvery = 800,
        },
        Ar = new ArConfig { InitializerRange = 0.1f },
        ArTraining = new TrainingConfig
        {
            Steps = 8000, BatchSize = 4, ContextTokens = 256, LearningRate = 2e-3, WarmupSteps = 100, Beta2 = 0.99,
            EvaluateEvery = 800,
        },
    };

    private static RunConfig Step(
        int hidden, int layers, int heads, int intermediate, int latent, int vocabulary, int patches, int batch) => new()
        {
            Autoencoder = new AutoencoderConfig
            {
                HiddenSize = hidden, IntermediateSize = intermediate, LatentSize = latent, VocabSize = vocabulary,
                BosTokenId = vocabulary - 3, EosTokenId = vocabulary - 2, PadTokenId = vocabulary - 1,
            },
            AutoencoderTraining = new TrainingConfig { BatchSize = 512 },
            Calm = new CalmConfig
            {
                HiddenSize = hidden, NumHiddenLayers = layers, NumAttentionHeads = heads, NumKeyValueHeads = heads,
                IntermediateSize = intermediate, LatentSize = latent, VocabSize = vocabulary,
                BosTokenId = vocabulary - 3, EosTokenId = vocabulary - 2, PadTokenId = vocabulary - 1,
            },
            CalmTraining = new TrainingConfig { BatchSize = batch, ContextPatches = patches },
            Ar = new ArConfig
            {
                HiddenSize = hidden, NumHiddenLayers = layers, NumAttentionHeads = heads, NumKeyValueHeads = heads,
                IntermediateSize = intermediate, VocabSize = vocabulary,
                BosTokenId = vocabulary - 3, EosTokenId = vocabulary - 2, PadTokenId = vocabulary - 1,
            },
            ArTraining = new TrainingConfig { BatchSize = batch, ContextTokens = 4 * patches },
        };

    /// <summary>The shapes and the recipe of the paper.</summary>
    private static RunConfig Published(int hidden, int intermediate, int layers)
    {
        TrainingConfig recipe = new()
        {
            LearningRate = 3e-4, Schedule = LearningRateSchedule.Constant, WarmupSteps = 2000,
        };
        return new RunConfig
        {
            Autoencoder = new AutoencoderConfig
            {
                HiddenSize = 512, IntermediateSize = 1280, LatentSize = 128, VocabSize = PublishedVocabulary,
                BosTokenId = 128000, EosTokenId = 128001, PadTokenId = 128002,
            },
            AutoencoderTraining = recipe with { Steps = 30_000, BatchSize = 131_072 },
            Calm = new CalmConfig
            {
                HiddenSize = hidden, IntermediateSize = intermediate, NumHiddenLayers = layers, NumAttentionHeads = 16,
                NumKeyValueHeads = 16, LatentSize = 128, VocabSize = PublishedVocabulary,
                BosTokenId = 128000, EosTokenId = 128001, PadTokenId = 128002,
            },
            CalmTraining = recipe with { Steps = 250_000, BatchSize = 256, ContextPatches = 2048 },
            Ar = new ArConfig
            {
                HiddenSize = hidden, IntermediateSize = intermediate, NumHiddenLayers = layers, NumAttentionHeads = 16,
                NumKeyValueHeads = 16, VocabSize = PublishedVocabulary,
                BosTokenId = 128000, EosTokenId = 128001, PadTokenId = 128002,
            },
            ArTraining = recipe with { Steps = 250_000, BatchSize = 1024, ContextTokens = 2048 },
        };
    }
}
