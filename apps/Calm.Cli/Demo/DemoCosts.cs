namespace Calm.Cli;

/// <summary>Seconds that the parts of a demo take on this machine, measured before it starts.</summary>
/// <param name="AutoencoderStep">A training step of the autoencoder.</param>
/// <param name="AutoencoderEvaluation">Its evaluation during training.</param>
/// <param name="CalmStep">A training step of the language model.</param>
/// <param name="CalmEvaluation">Its evaluation during training.</param>
/// <param name="EvaluationPatches">Held-out patches of such an evaluation.</param>
/// <param name="Chunk">A chunk of text, chosen from the candidates of a sample.</param>
internal sealed record DemoCosts(
    double AutoencoderStep, double AutoencoderEvaluation, double CalmStep, double CalmEvaluation, int EvaluationPatches,
    double Chunk)
{
    /// <summary>Seconds to measure both models on one held-out patch.</summary>
    public double Patch => (AutoencoderEvaluation + CalmEvaluation) / EvaluationPatches;
}
