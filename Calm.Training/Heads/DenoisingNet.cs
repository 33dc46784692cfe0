using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// A residual MLP over a noisy latent whose norms are shifted and scaled, and whose blocks are weighed, by time and hidden
/// state. Sources: Li and others 2024, arXiv:2406.11838, section 3.2 (the diffusion head); Peebles and Xie 2023,
/// arXiv:2212.09748, section 3.2 (adaLN-Zero).
/// </summary>
internal sealed class DenoisingNet
{
    /// <summary>Number of times that the net distinguishes.</summary>
    public const int Times = 1000;

    private const float Epsilon = 1e-6f;
    private const float TimeDeviation = 0.02f;

    private readonly ConstantTable _features = new(TimeFeatures.Size, () => TimeFeatures.Table(Times));
    private readonly LinearLayer _time0;
    private readonly LinearLayer _time2;
    private readonly LinearLayer _condition;
    private readonly LinearLayer _input;
    private readonly Block[] _blocks;
    private readonly LinearLayer _finalModulation;
    private readonly LinearLayer _output;

    /// <summary>Adds the net's parameters to a set. Initially blocks have no effect and all outputs are zero.</summary>
    /// <param name="parameters">The set.</param>
    /// <param name="config">The sizes.</param>
    /// <param name="outputs">Number of outputs for each latent.</param>
    public DenoisingNet(ParameterSet parameters, CalmConfig config, int outputs)
    {
        const string prefix = LatentHead.Prefix + "net.";
        int width = config.HiddenSize;
        Initialization time = Initialization.Normal(TimeDeviation);
        _time0 = new LinearLayer(parameters, $"{prefix}time_embed.mlp.0", TimeFeatures.Size, width, time);
        _time2 = new LinearLayer(parameters, $"{prefix}time_embed.mlp.2", width, width, time);
        _condition = Xavier(parameters, $"{prefix}cond_embed", width, width);
        _input = Xavier(parameters, $"{prefix}input_proj", config.LatentSize, width);
        _blocks =
        [
            .. Enumerable.Range(0, config.NumMlpLayers)
                .Select(i => new Block(parameters, $"{prefix}res_blocks.{i}.", width)),
        ];
        _finalModulation = new LinearLayer(
            parameters, $"{prefix}final_layer.adaLN_modulation.1", width, 2 * width, Initialization.Zeros);
        _output = new LinearLayer(parameters, $"{prefix}final_layer.linear", width, outputs, Initialization.Zeros);
    }

    /// <summary>Projects hidden states to conditions, which do not depend on the time.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="hidden">[M, d].</param>
    /// <returns>[M, d].</returns>
    public Tensor Embed(Tape tape, Tensor hidden) => _condition.Apply(tape, hidden);

    /// <summary>Applies the net to noisy latents.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="latents">[P * S, L]: the draws of a condition follow each other.</param>
    /// <param name="condition">Of <see cref="Embed"/>, [P, d].</param>
    /// <param name="times">The time of each condition, int [P], each below <see cref="Times"/>.</param>
    /// <param name="draws">S: the modulation is computed once for all of them.</param>
    /// <returns>[P * S, outputs].</returns>
    public Tensor Apply(Tape tape, Tensor latents, Tensor condition, Tensor times, int draws)
    {
        Tensor features = Embedding.Apply(tape, times, _features.On(tape.Device));
        Tensor time = Silu.Apply(tape, _time0.Apply(tape, features));
        Tensor guide = Silu.Apply(tape, _time2.Apply(tape, time, residual: condition));
        Tensor x = _input.Apply(tape, latents);
        foreach (Block block in _blocks)
        {
            x = tape.Checkpoint(x, input => block.Apply(tape, input, guide, draws));
        }

        Tensor modulation = _finalModulation.Apply(tape, guide);
        Tensor normal = LayerNorm.Apply(tape, x, null, null, Epsilon);
        return _output.Apply(tape, Modulate.Apply(tape, normal, modulation, 0, draws));
    }

    private static LinearLayer Xavier(ParameterSet parameters, string name, int inputs, int outputs) =>
        new(parameters, name, inputs, outputs, Initialization.Xavier(inputs, outputs));

    /// <summary>x += gate * mlp(norm(x) * (1 + scale) + shift), [shift, scale, gate] linear in the guide.</summary>
    private sealed class Block(ParameterSet parameters, string name, int width)
    {
        private readonly LayerNormLayer _norm = new(parameters, $"{name}in_ln", width);
        private readonly LinearLayer _linear0 = Xavier(parameters, $"{name}mlp.0", width, width);
        private readonly LinearLayer _linear2 = Xavier(parameters, $"{name}mlp.2", width, width);
        private readonly LinearLayer _modulation = new(
            parameters, $"{name}adaLN_modulation.1", width, 3 * width, Initialization.Zeros);

        public Tensor Apply(Tape tape, Tensor x, Tensor guide, int draws)
        {
            Tensor modulation = _modulation.Apply(tape, guide);
            Tensor h = Modulate.Apply(tape, _norm.Apply(tape, x), modulation, 0, draws);
            h = _linear2.Apply(tape, Silu.Apply(tape, _linear0.Apply(tape, h)));
            return GatedResidual.Apply(tape, x, h, modulation, 2 * x.Columns, draws);
        }
    }
}
