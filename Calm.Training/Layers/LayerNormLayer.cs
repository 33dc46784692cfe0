using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>A layer norm with its parameters.</summary>
public sealed class LayerNormLayer(ParameterSet parameters, string name, int size)
{
    private const float Epsilon = 1e-6f;

    private readonly Parameter _weight =
        parameters.Add($"{name}.weight", new Shape(size), Initialization.Ones, decays: false);

    private readonly Parameter _bias =
        parameters.Add($"{name}.bias", new Shape(size), Initialization.Zeros, decays: false);

    /// <summary>Normalises the rows of <paramref name="x"/>.</summary>
    public Tensor Apply(Tape tape, Tensor x, ElementType output = ElementType.Float32) =>
        LayerNorm.Apply(tape, x, _weight.Value, _bias.Value, Epsilon, output);
}
