namespace Calm.Training;

/// <summary>Measurements of an autoencoder's latents on held-out text.</summary>
/// <param name="Kl">Mean divergence of each dimension from the standard normal distribution, in nats, [L].</param>
/// <param name="Variance">Variance over patches of each dimension's mean, [L].</param>
/// <param name="Loss">Cross-entropy of a token, from the mean of the latent.</param>
/// <param name="Mean">Tokens recovered from the mean of the latent.</param>
/// <param name="Sampled">From a draw of the latent.</param>
/// <param name="Perturbed">From the mean plus Gaussian noise, by its standard deviation.</param>
internal sealed record LatentReport(
    double[] Kl, double[] Variance, double Loss, RecoveredTokens Mean, RecoveredTokens Sampled,
    IReadOnlyList<(double Sigma, RecoveredTokens Tokens)> Perturbed)
{
    /// <summary>
    /// Variance above which a dimension counts as active. Source: Burda, Grosse and Salakhutdinov 2016, arXiv:1509.00519,
    /// section 5: a dimension that does not vary with its input carries nothing.
    /// </summary>
    public const double LeastVariance = 0.01;

    /// <summary>Dimensions whose divergence lies above a threshold, in nats.</summary>
    public int AboveKl(double threshold) => Kl.Count(kl => kl > threshold);

    /// <summary>Dimensions whose mean varies with the patch.</summary>
    public int Active => Variance.Count(variance => variance > LeastVariance);

    /// <summary>Share of tokens recovered from the mean plus Gaussian noise, by its standard deviation.</summary>
    public IReadOnlyList<(double Sigma, double Accuracy)> Perturbation { get; } =
        [.. Perturbed.Select(one => (one.Sigma, one.Tokens.Share))];

    /// <summary>Number of tokens.</summary>
    public long Tokens => Mean.Count;
}
