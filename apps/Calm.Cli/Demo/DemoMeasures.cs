namespace Calm.Cli;

/// <summary>The measurements of a demo.</summary>
/// <param name="Autoencoder">The end of the autoencoder's training.</param>
/// <param name="Calm">The end of the language model's training.</param>
/// <param name="Accuracy">The accuracy on held-out patches.</param>
/// <param name="Score">The language model's scores on held-out text.</param>
/// <param name="Unigram">Those of a unigram model.</param>
/// <param name="Bigram">Those of a bigram model.</param>
/// <param name="AutoencoderParameters">Numbers trained in the autoencoder.</param>
/// <param name="CalmParameters">Numbers trained in the language model.</param>
/// <param name="Samples">Texts that the model wrote.</param>
internal sealed record DemoMeasures(
    TrainingOutcome Autoencoder, TrainingOutcome Calm, AutoencoderAccuracy Accuracy, BrierTotals.Result Score,
    BrierTotals.Result Unigram, BrierTotals.Result Bigram, long AutoencoderParameters, long CalmParameters,
    IReadOnlyList<DemoResult.Sample> Samples);
