using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>AdamW with gradient clipping for a parameter set. Holds the moments.</summary>
public sealed class AdamWOptimizer
{
    private readonly ParameterSet _parameters;
    private readonly AdamW.Options _options;
    private ParameterRanges? _ranges;

    /// <summary>An optimiser with moments of zero.</summary>
    public AdamWOptimizer(Device device, ParameterSet parameters, AdamW.Options options)
    {
        _parameters = parameters;
        _options = options;
        FirstMoments = device.Persistent.Rent(parameters.Values!.Shape, "optimizer");
        SecondMoments = device.Persistent.Rent(parameters.Values!.Shape, "optimizer");
        Reset();
    }

    /// <summary>Running mean of gradients, in the layout of the parameters.</summary>
    public Tensor FirstMoments { get; }

    /// <summary>Running mean of squared gradients.</summary>
    public Tensor SecondMoments { get; }

    /// <summary>Steps taken.</summary>
    public int Steps { get; set; }

    /// <summary>Sets moments and step count to zero.</summary>
    public void Reset()
    {
        FirstMoments.Clear();
        SecondMoments.Clear();
        Steps = 0;
    }

    /// <summary>The norm of all gradients of this step. Waits for the device.</summary>
    public double GradientNorm(Tape tape)
    {
        _ranges = ParameterRanges.Of(tape, _parameters);
        return Kernels.GradientNorm.Compute(tape, _parameters.Gradients!, _ranges);
    }

    /// <summary>Updates the parameters by their gradients, without clipping.</summary>
    /// <param name="tape">The tape of this step.</param>
    /// <param name="learningRate">The learning rate of this step.</param>
    public void Step(Tape tape, double learningRate)
    {
        _ranges = ParameterRanges.Of(tape, _parameters);
        Update(learningRate, factor: 1);
    }

    /// <summary>Updates the parameters by clipped gradients. Call <see cref="GradientNorm"/> before.</summary>
    /// <param name="learningRate">The learning rate of this step.</param>
    /// <param name="norm">The result of <see cref="GradientNorm"/> in this step.</param>
    /// <param name="clipNorm">Largest norm; larger gradients are scaled down to it.</param>
    public void Step(double learningRate, double norm, double clipNorm) =>
        Update(learningRate, Kernels.GradientNorm.ClipFactor(norm, clipNorm));

    private void Update(double learningRate, double factor)
    {
        Steps++;
        AdamW.Step(
            _parameters.Values!, _parameters.Gradients!, FirstMoments, SecondMoments, _ranges!, _options, learningRate,
            Steps, factor);
    }
}
