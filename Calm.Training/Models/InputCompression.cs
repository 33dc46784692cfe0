using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Makes one input vector of a patch's K token embeddings, which are the backbone's own: a two-layer MLP and a norm.
/// </summary>
internal sealed class InputCompression
{
    private readonly CalmConfig _config;
    private readonly Parameter _embedding;
    private readonly Projection _linear0;
    private readonly Projection _linear2;
    private readonly LayerNormLayer _norm;

    /// <summary>Adds the token table and the MLP to a set.</summary>
    public InputCompression(ParameterSet parameters, CalmConfig config)
    {
        _config = config;
        int hidden = config.HiddenSize;
        Initialization weight = Initialization.Normal(config.InitializerRange);
        _embedding = parameters.Add("transformer.embed_tokens.weight", new Shape(config.VocabSize, hidden), weight);
        _linear0 = new Projection(parameters, "embed_proj.0", config.PatchSize * hidden, 2 * hidden, weight);
        _linear2 = new Projection(parameters, "embed_proj.2", 2 * hidden, hidden, weight);
        _norm = new LayerNormLayer(parameters, "embed_proj.3", hidden);
    }

    /// <summary>Input vectors of patches.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="ids">Tokens, [B, T, K].</param>
    /// <returns>[B, T, d].</returns>
    public Tensor Apply(Tape tape, Tensor ids)
    {
        int patches = checked((int)ids.Count) / _config.PatchSize;
        Tensor tokens = Embedding.Apply(
            tape, ids.Reshape(patches * _config.PatchSize), _embedding.Value, _config.PadTokenId ?? -1);
        Tensor x = _linear0.Apply(tape, tokens.Reshape(patches, _config.PatchSize * _config.HiddenSize));
        x = _norm.Apply(tape, _linear2.Apply(tape, Silu.Apply(tape, x)));
        return x.Reshape(ids.Shape[0], ids.Shape[1], _config.HiddenSize);
    }
}
