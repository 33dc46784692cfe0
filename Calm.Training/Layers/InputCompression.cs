using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Computes the input vector of a patch: a two-layer MLP and a norm over its K token embeddings, which are the backbone's own,
/// over its latent, or over both side by side.
/// </summary>
internal sealed class InputCompression
{
    private readonly CalmConfig _config;
    private readonly Parameter? _embedding;
    private readonly LinearLayer? _linear0;
    private readonly LinearLayer? _latent;
    private readonly LinearLayer _linear2;
    private readonly LayerNormLayer _norm;

    /// <summary>
    /// Adds the token table, if tokens are read, and the MLP to a set. A first layer over tokens and latent side by side is
    /// two matrices and one bias: <c>embed_proj.0</c>, as published, and <c>embed_proj.latent</c>.
    /// </summary>
    public InputCompression(ParameterSet parameters, CalmConfig config)
    {
        _config = config;
        int hidden = config.HiddenSize;
        Initialization weight = Initialization.Normal(config.InitializerRange);
        if (config.Input != PatchInput.Latents)
        {
            _embedding = parameters.Add("transformer.embed_tokens.weight", new Shape(config.VocabSize, hidden), weight);
            _linear0 = new LinearLayer(parameters, "embed_proj.0", config.PatchSize * hidden, 2 * hidden, weight);
        }

        if (config.Input != PatchInput.Tokens)
        {
            bool alone = config.Input == PatchInput.Latents;
            _latent = new LinearLayer(parameters, "embed_proj.latent", config.LatentSize, 2 * hidden, weight, bias: alone);
        }

        _linear2 = new LinearLayer(parameters, "embed_proj.2", 2 * hidden, hidden, weight);
        _norm = new LayerNormLayer(parameters, "embed_proj.3", hidden);
    }

    /// <summary>Input vectors of patches.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="ids">Tokens, [B, T, K].</param>
    /// <param name="latents">Latents, [B T, L]; null for a model that reads tokens alone.</param>
    /// <returns>[B, T, d].</returns>
    public Tensor Apply(Tape tape, Tensor ids, Tensor? latents)
    {
        Tensor? x = latents is null ? null : _latent!.Apply(tape, latents);
        x = _linear0?.Apply(tape, Tokens(tape, ids), residual: x) ?? x!;
        x = _norm.Apply(tape, _linear2.Apply(tape, Silu.Apply(tape, x)));
        return x.Reshape(ids.Shape[0], ids.Shape[1], _config.HiddenSize);
    }

    /// <summary>The embeddings of each patch in a row, [B T, K d].</summary>
    private Tensor Tokens(Tape tape, Tensor ids)
    {
        int patches = checked((int)ids.Count) / _config.PatchSize;
        Tensor tokens = Embedding.Apply(
            tape, ids.Reshape(patches * _config.PatchSize), _embedding!.Value, _config.PadTokenId ?? -1);
        return tokens.Reshape(patches, _config.PatchSize * _config.HiddenSize);
    }
}
