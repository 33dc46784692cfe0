using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>AdamW with clipping over a parameter set, and its state.</summary>
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

    /// <summary>Forgets all steps taken.</summary>
    public void Reset()
    {
        FirstMoments.Clear();
        SecondMoments.Clear();
        Steps = 0;
    }

    /// <summary>The norm over all gradients of this step; waits for the device.</summary>
    public double GradientNorm(Tape tape) => Kernels.GradientNorm.Compute(tape, _parameters.Gradients!, Ranges());

    /// <summary>Moves the parameters.</summary>
    /// <param name="learningRate">Of this step.</param>
    /// <param name="norm">What <see cref="GradientNorm"/> returned.</param>
    /// <param name="clipNorm">Norm to which gradients are clipped.</param>
    public void Step(double learningRate, double norm, double clipNorm)
    {
        Steps++;
        AdamW.Step(
            _parameters.Values!, _parameters.Gradients!, FirstMoments, SecondMoments, Ranges(), _options, learningRate,
            Steps, Kernels.GradientNorm.ClipFactor(norm, clipNorm));
    }

    /// <summary>The parameters that a gradient reached: nearly always the same in every step.</summary>
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
