namespace Calm.Training;

/// <summary>
/// The configuration of a run: the shapes of all models and their training settings. In JSON, keys are in snake_case;
/// model keys are those of the published checkpoints.
/// </summary>
public sealed record RunConfig
{
    /// <summary>The autoencoder's shape.</summary>
    public AutoencoderConfig Autoencoder { get; init; } = new();

    /// <summary>Training settings of the autoencoder.</summary>
    public TrainingConfig AutoencoderTraining { get; init; } = new();

    /// <summary>The language model's shape.</summary>
    public CalmConfig Calm { get; init; } = new();

    /// <summary>Training settings of the language model.</summary>
    public TrainingConfig CalmTraining { get; init; } = new();

    /// <summary>The discrete model's shape.</summary>
    public ArConfig Ar { get; init; } = new();

    /// <summary>Training settings of the discrete model.</summary>
    public TrainingConfig ArTraining { get; init; } = new();

    /// <summary>The training settings of a stage.</summary>
    public TrainingConfig Training(Stage stage) => stage switch
    {
        Stage.Autoencoder => AutoencoderTraining,
        Stage.Calm => CalmTraining,
        _ => ArTraining,
    };

    /// <summary>The configuration with other training settings for a stage.</summary>
    public RunConfig With(Stage stage, TrainingConfig training) => stage switch
    {
        Stage.Autoencoder => this with { AutoencoderTraining = training },
        Stage.Calm => this with { CalmTraining = training },
        _ => this with { ArTraining = training },
    };

    /// <summary>The configuration of a language model over the latents of an autoencoder.</summary>
    public RunConfig With(AutoencoderConfig autoencoder) => this with
    {
        Autoencoder = autoencoder,
        Calm = Calm with { PatchSize = autoencoder.PatchSize, LatentSize = autoencoder.LatentSize },
    };

    /// <summary>The configuration with the vocabulary of a tokenizer.</summary>
    public RunConfig With(ITokenizer tokenizer) => this with
    {
        Autoencoder = Autoencoder with
        {
            VocabSize = tokenizer.VocabularySize,
            BosTokenId = tokenizer.Begin,
            EosTokenId = tokenizer.EndOfText,
            PadTokenId = tokenizer.Pad,
        },
        Calm = Calm with
        {
            VocabSize = tokenizer.VocabularySize,
            BosTokenId = tokenizer.Begin,
            EosTokenId = tokenizer.EndOfText,
            PadTokenId = tokenizer.Pad,
        },
        Ar = Ar with
        {
            VocabSize = tokenizer.VocabularySize,
            BosTokenId = tokenizer.Begin,
            EosTokenId = tokenizer.EndOfText,
            PadTokenId = tokenizer.Pad,
        },
    };
}
