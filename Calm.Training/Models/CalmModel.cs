using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// A continuous autoregressive language model: a transformer over patches, whose head draws the latent of the next patch;
/// a frozen autoencoder turns latents into tokens and makes the targets. Source: arXiv:2510.27688.
/// </summary>
internal sealed class CalmModel
{
    private readonly InputCompression _compression;
    private readonly Transformer _transformer;

    /// <summary>A model with its own set of trained parameters.</summary>
    /// <param name="config">The shape of the model.</param>
    /// <param name="autoencoder">The autoencoder; its parameters stay frozen.</param>
    public CalmModel(CalmConfig config, Autoencoder autoencoder)
    {
        Config = config;
        Autoencoder = autoencoder;
        _compression = new InputCompression(Parameters, config);
        _transformer = new Transformer(Parameters, config, "transformer.");
        Head = LatentHead.Create(Parameters, config);
        Auxiliary = config.AuxiliaryWeight > 0 ? new AuxiliaryHead(Parameters, config) : null;
    }

    /// <summary>The shape of the model.</summary>
    public CalmConfig Config { get; }

    /// <summary>The trained parameters.</summary>
    public ParameterSet Parameters { get; } = new();

    /// <summary>Turns tokens into latents and back.</summary>
    public Autoencoder Autoencoder { get; }

    /// <summary>Draws the next latent.</summary>
    public LatentHead Head { get; }

    /// <summary>The auxiliary head, whose loss is added in training; null for none.</summary>
    public AuxiliaryHead? Auxiliary { get; }

    /// <summary>Hidden states of patches.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="ids">Tokens, [B, T, K].</param>
    /// <param name="caches">For generation, one a block, with the positions before these patches; null in training.</param>
    /// <param name="encoded">Latents that are known already, if the model reads latents; null to encode every patch.</param>
    /// <returns>[B, T, d].</returns>
    public Tensor Hidden(Tape tape, Tensor ids, KeyValueCache[]? caches = null, EncodedPatches? encoded = null) =>
        _transformer.Apply(tape, _compression.Apply(tape, ids, Latents(tape, ids, encoded)), caches);

    /// <summary>Draws of the next latent at each hidden state.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="hidden">[M, d].</param>
    /// <param name="noise">As <see cref="DrawNoise"/> makes it, [M, S, numbers of a draw].</param>
    /// <returns>[M, S, L].</returns>
    public Tensor Draw(Tape tape, Tensor hidden, Tensor noise) => Head.Draw(tape, hidden, noise);

    /// <inheritdoc cref="Transformer.CreateCaches"/>
    public KeyValueCache[] CreateCaches(Arena arena, int batch, int capacity) =>
        _transformer.CreateCaches(arena, batch, capacity);

    /// <summary>
    /// Means of the patches' latents, [B T, L], if the model reads them: not draws, so that a patch is read alike in
    /// training, with a cache and without. The encoder is frozen and its ops are not recorded.
    /// </summary>
    private Tensor? Latents(Tape tape, Tensor ids, EncodedPatches? encoded)
    {
        if (Config.Input == PatchInput.Tokens)
        {
            return null;
        }

        Tensor patches = ids.Reshape(checked((int)ids.Count) / Config.PatchSize, Config.PatchSize);
        return tape.NoGrad(() => [(encoded?.Encode(tape, patches) ?? Autoencoder.Encode(tape, patches)).Mean])[0];
    }
}
