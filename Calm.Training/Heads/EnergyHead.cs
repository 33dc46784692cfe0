using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Makes draws of the next latent from a hidden state and noise, in one step: a residual MLP over the noise whose blocks
/// all see the hidden state. Source: arXiv:2510.27688, section 3.2.
/// </summary>
internal sealed class EnergyHead : LatentHead
{
    private readonly CalmConfig _config;
    private readonly LinearLayer _noiseEmbedding;
    private readonly LinearLayer _hiddenEmbedding;
    private readonly LayerNormLayer _hiddenNorm;
    private readonly LayerNormLayer _noiseNorm;
    private readonly Block[] _blocks;
    private readonly LayerNormLayer _finalNorm;
    private readonly LinearLayer _final0;
    private readonly LinearLayer _final2;

    /// <summary>Adds the head's parameters to a set. The last layer is zero initially, so that all draws coincide.</summary>
    public EnergyHead(ParameterSet parameters, CalmConfig config, string prefix = Prefix)
    {
        _config = config;
        int hidden = config.HiddenSize;
        Initialization weight = Initialization.Normal(config.InitializerRange);
        _noiseEmbedding = new LinearLayer(parameters, $"{prefix}noise_embd", config.NoiseSize, hidden, weight);
        _hiddenEmbedding = new LinearLayer(parameters, $"{prefix}hidden_embd", hidden, hidden, weight);
        _hiddenNorm = new LayerNormLayer(parameters, $"{prefix}norm_hidden", hidden);
        _noiseNorm = new LayerNormLayer(parameters, $"{prefix}norm_noise", hidden);
        _blocks =
        [
            .. Enumerable.Range(0, config.NumMlpLayers)
                .Select(i => new Block(parameters, $"{prefix}mlp_blocks.{i}.", hidden, weight)),
        ];
        _finalNorm = new LayerNormLayer(parameters, $"{prefix}final_layer.in_ln", hidden);
        _final0 = new LinearLayer(parameters, $"{prefix}final_layer.linears.0", hidden, hidden, weight);
        _final2 = new LinearLayer(parameters, $"{prefix}final_layer.linears.2", hidden, config.LatentSize, Initialization.Zeros);
    }

    /// <inheritdoc/>
    public override (Tensor Loss, Tensor Draws) Loss(
        Tape tape, Tensor hidden, Tensor mean, Tensor logStd, Tensor positions, ICalmNoise noise)
    {
        Tensor draws = Draw(tape, hidden, noise.HeadNoise(tape, positions));
        TargetNoise targets = noise.TargetNoise(tape, positions);
        Tensor score = targets.Given is { } given
            ? EnergyScore.Apply(tape, draws, mean, logStd, given, _config.Beta)
            : EnergyScore.Apply(
                tape, draws, mean, logStd, positions, targets.Stream, _config.NumTargets, _config.Beta);
        return (score, draws);
    }

    /// <summary>Draws of the next latent.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="hidden">Hidden states, [M, d].</param>
    /// <param name="noise">Uniform in [-1/2, 1/2), [M, S, noise size].</param>
    /// <returns>[M, S, L].</returns>
    public override Tensor Draw(Tape tape, Tensor hidden, Tensor noise)
    {
        int positions = noise.Shape[0];
        int draws = noise.Shape[1];
        Tensor condition = _hiddenNorm.Apply(tape, _hiddenEmbedding.Apply(tape, hidden), tape.ActivationType);
        Tensor x = _noiseNorm.Apply(
            tape, _noiseEmbedding.Apply(tape, noise.Reshape(positions * draws, _config.NoiseSize)));
        foreach (Block block in _blocks)
        {
            x = tape.Checkpoint(x, input => block.Apply(tape, input, condition, draws));
        }

        Tensor normal = _finalNorm.Apply(tape, x, tape.ActivationType);
        Tensor latent = Silu.Apply(tape, _final0.Apply(tape, normal, output: tape.ActivationType));
        return _final2.Apply(tape, latent).Reshape(positions, draws, _config.LatentSize);
    }

    /// <summary>x += down(silu(g) * u), [g, u] = L4 silu(L2 silu(L0 [norm(x), condition])).</summary>
    private sealed class Block(ParameterSet parameters, string name, int hidden, Initialization weight)
    {
        private readonly LayerNormLayer _norm = new(parameters, $"{name}in_ln", hidden);
        private readonly LinearLayer _linear0 = new(parameters, $"{name}linears.0", 2 * hidden, hidden, weight);
        private readonly LinearLayer _linear2 = new(parameters, $"{name}linears.2", hidden, hidden, weight);
        private readonly LinearLayer _linear4 = new(parameters, $"{name}linears.4", hidden, 2 * hidden, weight);
        private readonly LinearLayer _down = new(parameters, $"{name}down_proj", hidden, hidden, weight);

        public Tensor Apply(Tape tape, Tensor x, Tensor condition, int draws)
        {
            ElementType type = tape.ActivationType;
            Tensor h = ConditionedLinear.Apply(
                tape, _norm.Apply(tape, x, type), condition, _linear0.Weight.Value, _linear0.Bias!, draws, type);
            h = _linear2.Apply(tape, Silu.Apply(tape, h), output: type);
            h = _linear4.Apply(tape, Silu.Apply(tape, h), output: type);
            return _down.Apply(tape, SwiGlu.Apply(tape, h), residual: x);
        }
    }
}
