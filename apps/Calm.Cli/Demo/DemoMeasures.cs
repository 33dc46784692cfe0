namespace Calm.Cli;

/// <summary>The measurements of a demo.</summary>
/// <param name="Autoencoder">Outcome of the autoencoder's training.</param>
/// <param name="Calm">Outcome of the language model's training.</param>
/// <param name="Accuracy">Accuracy of the autoencoder on held-out patches.</param>
/// <param name="Score">The language model's scores on held-out text.</param>
/// <param name="Unigram">Those of a unigram model.</param>
/// <param name="Bigram">Those of a bigram model.</param>
/// <param name="AutoencoderParameters">Number of the autoencoder's parameters.</param>
/// <param name="CalmParameters">Number of the language model's parameters.</param>
/// <param name="Samples">Generated texts.</param>
/// <param name="Untrained">The reason why there are none; null if there are.</param>
/// <param name="MoreText">The command that writes more.</param>
internal sealed record DemoMeasures(
    TrainingOutcome Autoencoder, TrainingOutcome Calm, AutoencoderAccuracy Accuracy, BrierTotals.Result Score,
    BrierTotals.Result Unigram, BrierTotals.Result Bigram, long AutoencoderParameters, long CalmParameters,
    IReadOnlyList<DemoResult.Sample> Samples, string? Untrained, string MoreText);
