namespace Calm.Cli;

/// <summary>What a demo measured.</summary>
/// <param name="Autoencoder">How the autoencoder's training ended.</param>
/// <param name="Calm">How the language model's training ended.</param>
/// <param name="Accuracy">How well held-out patches come back.</param>
/// <param name="Score">The language model's scores on held-out text.</param>
/// <param name="Unigram">Those of a unigram model.</param>
/// <param name="Bigram">Those of a bigram model.</param>
/// <param name="AutoencoderParameters">Numbers trained in the autoencoder.</param>
/// <param name="CalmParameters">Numbers trained in the language model.</param>
/// <param name="Samples">What the model wrote.</param>
internal sealed record DemoMeasures(
    TrainingOutcome Autoencoder, TrainingOutcome Calm, AutoencoderAccuracy Accuracy, BrierTotals.Result Score,
    BrierTotals.Result Unigram, BrierTotals.Result Bigram, long AutoencoderParameters, long CalmParameters,
    IReadOnlyList<DemoResult.Sample> Samples);
