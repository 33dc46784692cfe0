using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// The gated feed-forward layer of a Llama block with the norm before it: x + down(silu(gate n) * (up n)), n = norm(x).
/// </summary>
public sealed class FeedForward
{
    private readonly Parameter _norm;
    private readonly Parameter _gateUp;
    private readonly Parameter _down;
    private readonly float _epsilon;

    /// <summary>Adds <c>mlp.{gate,up,down}_proj.weight</c> and the norm's weight to a set, behind a prefix.</summary>
    public FeedForward(
        ParameterSet parameters, string prefix, string normName, int hidden, int intermediate, float epsilon,
        Initialization weight)
    {
        _epsilon = epsilon;
        _gateUp = parameters.AddStacked(
            hidden, weight, ($"{prefix}mlp.gate_proj.weight", intermediate),
            ($"{prefix}mlp.up_proj.weight", intermediate));
        _down = parameters.Add($"{prefix}mlp.down_proj.weight", new Shape(hidden, intermediate), weight);
        _norm = parameters.Add($"{prefix}{normName}.weight", new Shape(hidden), Initialization.Ones, decays: false);
    }

    /// <summary>The layer's output, its input included, in the shape of <paramref name="x"/>.</summary>
    public Tensor Apply(Tape tape, Tensor x)
    {
        Tensor normal = RmsNorm.Apply(tape, x, _norm.Value, _epsilon, tape.ActivationType);
        Tensor gated = SwiGlu.Apply(tape, Linear.Apply(tape, normal, _gateUp.Value, output: tape.ActivationType));
        return Linear.Apply(tape, gated, _down.Value, residual: x);
    }
}
