using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Predicts each token of the next patch from the hidden state, in training only. Its cross-entropy gives the transformer a
/// gradient with less noise than the energy head's draws do. Not in the paper.
/// </summary>
internal sealed class AuxiliaryHead
{
    /// <summary>Prefix of its weights in checkpoints.</summary>
    public const string Prefix = "auxiliary_head.";

    /// <summary>Width of a token's vector; narrow, since its predictions are used for nothing else.</summary>
    public const int TokenWidth = 64;

    private readonly CalmConfig _config;
    private readonly LinearLayer _expand;
    private readonly Parameter _table;

    /// <summary>Adds the head's parameters to a set.</summary>
    public AuxiliaryHead(ParameterSet parameters, CalmConfig config)
    {
        _config = config;
        Initialization weight = Initialization.Normal(config.InitializerRange);
        _expand = new LinearLayer(
            parameters, Prefix + "expand", config.HiddenSize, config.PatchSize * TokenWidth, weight);
        _table = parameters.Add(Prefix + "tokens.weight", new Shape(config.VocabSize, TokenWidth), weight);
    }

    /// <summary>The mean cross-entropy of the tokens, times the weight.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="hidden">Hidden states, [M, d].</param>
    /// <param name="targets">Tokens of the predicted patches, [M, K].</param>
    public Tensor Loss(Tape tape, Tensor hidden, Tensor targets)
    {
        int tokens = checked((int)targets.Count);
        Tensor guesses = _expand.Apply(tape, hidden).Reshape(tokens, TokenWidth);
        return VocabularyCrossEntropy.Apply(
            tape, guesses, _table.Value, targets.Reshape(tokens), _config.AuxiliaryWeight);
    }
}
