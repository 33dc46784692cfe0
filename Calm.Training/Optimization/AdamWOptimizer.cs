using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>AdamW with gradient clipping for a parameter set. Holds the moments.</summary>
public sealed class AdamWOptimizer
{
    private readonly Device _device;
    private readonly ParameterSet _parameters;
    private readonly AdamW.Options _options;
    private ParameterRanges? _ranges;
    private bool[] _reached = [];

    /// <summary>An optimiser with moments of zero.</summary>
    public AdamWOptimizer(Device device, ParameterSet parameters, AdamW.Options options)
    {
        _device = device;
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
    public double GradientNorm(Tape tape) => Kernels.GradientNorm.Compute(tape, _parameters.Gradients!, Ranges());

    /// <summary>Updates the parameters.</summary>
    /// <param name="learningRate">The learning rate of this step.</param>
    /// <param name="norm">The result of <see cref="GradientNorm"/>.</param>
    /// <param name="clipNorm">Largest norm; larger gradients are scaled down to it.</param>
    public void Step(double learningRate, double norm, double clipNorm)
    {
        Steps++;
        AdamW.Step(
            _parameters.Values!, _parameters.Gradients!, FirstMoments, SecondMoments, Ranges(), _options, learningRate,
            Steps, Kernels.GradientNorm.ClipFactor(norm, clipNorm));
    }

    /// <summary>The ranges of parameters with gradients. They rarely change, so they are kept.</summary>
    private ParameterRanges Ranges()
    {
        IReadOnlyList<Parameter> all = _parameters.Parameters;
        bool same = _ranges is not null;
        for (int i = 0; i < all.Count && same; i++)
        {
            same = _reached[i] == all[i].HasGradient;
        }

        if (!same)
        {
            _reached = [.. all.Select(p => p.HasGradient)];
            _ranges = ParameterRanges.Of(_device, all.Where(p => p.HasGradient));
        }

        return _ranges!;
    }
}
