using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>Random numbers of an autoencoder's training step.</summary>
internal interface IAutoencoderNoise
{
    /// <summary>Sets some ids to 0.</summary>
    Tensor DropTokens(Tape tape, Tensor ids);

    /// <summary>Draws latents.</summary>
    Tensor Sample(Tape tape, Tensor mean, Tensor logStd);

    /// <summary>Drops elements of latents.</summary>
    Tensor DropLatent(Tape tape, Tensor latent);
}

/// <summary>The loss of an autoencoder: K * cross-entropy + weight * clamped KL.</summary>
internal static class AutoencoderObjective
{
    /// <summary>The two terms, weighted; their sum is the loss.</summary>
    /// <param name="CrossEntropy">K times the mean over tokens.</param>
    /// <param name="Kl">The KL weight times the mean over patches.</param>
    /// <param name="Mean">Means of the latents, [N, L].</param>
    /// <param name="LogStd">Logarithms of their deviations, [N, L].</param>
    /// <param name="Hidden">Hidden vectors of the tokens, from which logits are computed, [N K, d].</param>
    internal readonly record struct Terms(Tensor CrossEntropy, Tensor Kl, Tensor Mean, Tensor LogStd, Tensor Hidden);

    /// <summary>Computes the terms of a batch of patches.</summary>
    /// <param name="tape">The step.</param>
    /// <param name="model">The autoencoder.</param>
    /// <param name="ids">Tokens, [N, K]: input and, unchanged, target.</param>
    /// <param name="noise">The random numbers of the step.</param>
    public static Terms Loss(Tape tape, Autoencoder model, Tensor ids, IAutoencoderNoise noise)
    {
        AutoencoderConfig config = model.Config;
        (Tensor mean, Tensor logStd) = model.Encode(tape, noise.DropTokens(tape, ids));
        Tensor latent = noise.DropLatent(tape, noise.Sample(tape, mean, logStd));
        Tensor hidden = model.Decode(tape, latent);
        Tensor crossEntropy = VocabularyCrossEntropy.Apply(
            tape, hidden, model.TokenTable, ids.Reshape(checked((int)ids.Count)), config.PatchSize);
        Tensor kl = ClampedKl.Apply(tape, mean, logStd, config.KlClamp, config.KlWeight);
        return new Terms(crossEntropy, kl, mean, logStd, hidden);
    }
}

/// <summary>Random numbers of streams, found by seed, step and a patch's number in the full batch.</summary>
/// <param name="seed">The run's seed.</param>
/// <param name="step">The step.</param>
/// <param name="rows">Number of each patch within the full batch, [N].</param>
/// <param name="config">The probabilities of dropping a token or an element of a latent.</param>
internal sealed class AutoencoderNoise(ulong seed, uint step, Tensor rows, AutoencoderConfig config) : IAutoencoderNoise
{
    public Tensor DropTokens(Tape tape, Tensor ids) =>
        TokenDropout.Apply(
            tape, ids, config.TokenDropout ?? config.AeDropout, rows, RandomStreams.TokenDropout(seed, step));

    public Tensor Sample(Tape tape, Tensor mean, Tensor logStd) =>
        Reparameterise.Apply(tape, mean, logStd, rows, RandomStreams.LatentNoise(seed, step));

    public Tensor DropLatent(Tape tape, Tensor latent) =>
        Dropout.Apply(
            tape, latent, config.LatentDropout ?? config.AeDropout, rows, RandomStreams.LatentDropout(seed, step));
}
