using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>AdamW with clipping over a parameter set, and its state.</summary>
internal sealed class AdamWOptimizer
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

    /// <summary>Forgets all steps taken.</summary>
    public void Reset()
    {
        FirstMoments.Clear();
        SecondMoments.Clear();
        Steps = 0;
    }

    /// <summary>The norm over all gradients of this step; waits for the device. Comes before <see cref="Step"/>.</summary>
    public double GradientNorm(Tape tape)
    {
        _ranges = ParameterRanges.Of(tape, _parameters);
        return Kernels.GradientNorm.Compute(tape, _parameters.Gradients!, _ranges);
    }

    /// <summary>Moves the parameters.</summary>
    /// <param name="learningRate">Of this step.</param>
    /// <param name="norm">The result of <see cref="GradientNorm"/> in this step.</param>
    /// <param name="clipNorm">Norm to which gradients are clipped.</param>
    public void Step(double learningRate, double norm, double clipNorm)
    {
        Steps++;
        AdamW.Step(
            _parameters.Values!, _parameters.Gradients!, FirstMoments, SecondMoments, _ranges!, _options, learningRate,
            Steps, Kernels.GradientNorm.ClipFactor(norm, clipNorm));
    }
}
