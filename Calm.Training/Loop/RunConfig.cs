namespace Calm.Training;

/// <summary>
/// Everything that decides what a run computes: the file <c>config.json</c> of a run folder. Keys are written in
/// snake_case; model keys are those of the published checkpoints.
/// </summary>
internal sealed record RunConfig
{
    /// <summary>The autoencoder's shape.</summary>
    public AutoencoderConfig Autoencoder { get; init; } = new();

    /// <summary>How the autoencoder is trained.</summary>
    public TrainingConfig AutoencoderTraining { get; init; } = new();

    /// <summary>The language model's shape.</summary>
    public CalmConfig Calm { get; init; } = new();

    /// <summary>How the language model is trained.</summary>
    public TrainingConfig CalmTraining { get; init; } = new();

    /// <summary>The discrete model's shape.</summary>
    public ArConfig Ar { get; init; } = new();

    /// <summary>How the discrete model is trained.</summary>
    public TrainingConfig ArTraining { get; init; } = new();
}
