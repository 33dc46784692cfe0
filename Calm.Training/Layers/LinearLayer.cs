using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>A linear layer with its parameters: y = x W^T + b.</summary>
public sealed class LinearLayer
{
    private readonly Parameter? _bias;

    /// <summary>Adds <c>name.weight</c>, and <c>name.bias</c> if asked for, to a set.</summary>
    public LinearLayer(
        ParameterSet parameters, string name, int inputs, int outputs, Initialization weight, bool bias = true)
    {
        Weight = parameters.Add($"{name}.weight", new Shape(outputs, inputs), weight);
        _bias = bias ? parameters.Add($"{name}.bias", new Shape(outputs), Initialization.Zeros, decays: false) : null;
    }

    /// <summary>W, [outputs, inputs].</summary>
    public Parameter Weight { get; }

    /// <summary>b, [outputs], or null.</summary>
    public Tensor? Bias => _bias?.Value;

    /// <summary>x W^T + b, plus <paramref name="residual"/> if it is given.</summary>
    public Tensor Apply(Tape tape, Tensor x, Tensor? residual = null, ElementType output = ElementType.Float32) =>
        Linear.Apply(tape, x, Weight.Value, Bias, residual, output);

    /// <summary>Computes some columns of <see cref="Apply"/>, with the same bits and without a gradient.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="x">[R, inputs].</param>
    /// <param name="first">The first column.</param>
    /// <param name="count">Number of columns.</param>
    /// <returns>[R, count].</returns>
    public Tensor ApplyPart(Tape tape, Tensor x, int first, int count)
    {
        Tensor weight = Weight.Value.Slice((long)first * x.Columns, new Shape(count, x.Columns));
        return Linear.Apply(tape, x, weight, Bias?.Slice(first, new Shape(count)));
    }
}
