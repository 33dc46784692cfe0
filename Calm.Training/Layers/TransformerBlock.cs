using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>A Llama block: x += o(attention(norm(x))), then x += feed-forward(norm(x)). No biases.</summary>
internal sealed class TransformerBlock
{
    private readonly TransformerConfig _config;
    private readonly Parameter _norm;
    private readonly Parameter _qkv;
    private readonly Parameter _output;
    private readonly FeedForward _feedForward;

    /// <summary>Adds the block's parameters to a set, behind a prefix such as <c>transformer.layers.0.</c>.</summary>
    public TransformerBlock(ParameterSet parameters, TransformerConfig config, string prefix)
    {
        _config = config;
        int hidden = config.HiddenSize;
        int queryRows = config.NumAttentionHeads * config.HeadSize;
        int keyValueRows = config.NumKeyValueHeads * config.HeadSize;
        Initialization weight = Initialization.Normal(config.InitializerRange);
        _qkv = parameters.AddStacked(
            hidden, weight, ($"{prefix}self_attn.q_proj.weight", queryRows),
            ($"{prefix}self_attn.k_proj.weight", keyValueRows), ($"{prefix}self_attn.v_proj.weight", keyValueRows));
        _output = parameters.Add($"{prefix}self_attn.o_proj.weight", new Shape(hidden, queryRows), weight);
        _feedForward = new FeedForward(
            parameters, prefix, "post_attention_layernorm", hidden, config.IntermediateSize, config.RmsNormEps, weight);
        _norm = parameters.Add($"{prefix}input_layernorm.weight", new Shape(hidden), Initialization.Ones, decays: false);
    }

    /// <summary>Applies the block.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="x">[B, T, d].</param>
    /// <param name="table">Angles of the rotary embedding, for all positions of x.</param>
    /// <param name="cache">Keys and values of the positions before x, which x's are added to; null for none.</param>
    public Tensor Apply(Tape tape, Tensor x, RotaryTable table, KeyValueCache? cache = null)
    {
        Tensor normal = RmsNorm.Apply(tape, x, _norm.Value, _config.RmsNormEps, tape.ActivationType);
        Tensor qkv = Linear.Apply(tape, normal, _qkv.Value, output: tape.ActivationType);
        int rotatedHeads = _config.NumAttentionHeads + _config.NumKeyValueHeads;
        qkv = RotaryEmbedding.ApplyInPlace(tape, qkv, table, rotatedHeads, cache?.Length ?? 0);
        Tensor attended = cache is null
            ? CausalAttention.Apply(tape, qkv, _config.NumAttentionHeads, _config.NumKeyValueHeads)
            : CausalAttention.ApplyCached(tape, qkv, cache, _config.NumAttentionHeads);
        return _feedForward.Apply(tape, Linear.Apply(tape, attended, _output.Value, residual: x));
    }
}
