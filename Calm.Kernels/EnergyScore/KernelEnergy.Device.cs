using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Sizes and factors of an energy score, as a parameter of a kernel.</summary>
internal readonly struct KernelEnergy
{
    public KernelEnergy(
        EnergySizes sizes, float exponent, EnergyTargets targets, EnergySlopes slopes, GradientTarget? dDraws)
    {
        (Positions, Draws, Targets, Columns) = sizes;
        Exponent = exponent;
        SpreadScale = (float)(1 / sizes.DrawPairs);
        FitScale = (float)(1 / sizes.TargetPairs);
        SpreadSlope = (float)(2 * slopes.Spread * exponent / sizes.DrawPairs);
        FitSlope = (float)(slopes.Fit * exponent / sizes.TargetPairs);
        HasSlopes = slopes.PerPosition is null ? 0 : 1;
        HasMean = targets.Mean is null ? 0 : 1;
        IsDrawn = targets.Values is null ? 1 : 0;
        Accumulate = dDraws is { Accumulate: true } ? 1 : 0;
        Noise = new KernelRandom(targets.Noise);
    }

    /// <summary>M.</summary>
    public int Positions { get; }

    /// <summary>S.</summary>
    public int Draws { get; }

    /// <summary>N.</summary>
    public int Targets { get; }

    /// <summary>L.</summary>
    public int Columns { get; }

    /// <summary>beta.</summary>
    public float Exponent { get; }

    /// <summary>Factor of the sum over ordered pairs of draws.</summary>
    public float SpreadScale { get; }

    /// <summary>Factor of the sum over pairs of a draw and a target.</summary>
    public float FitScale { get; }

    /// <summary>
    /// Factor of |d|^(beta - 2) for the weight of a pair of draws; doubled, since the gradient is added only for the first of
    /// a pair.
    /// </summary>
    public float SpreadSlope { get; }

    /// <summary>The same for a pair of a draw and a target.</summary>
    public float FitSlope { get; }

    /// <summary>1 if both slopes are to be multiplied by those of each position.</summary>
    public int HasSlopes { get; }

    /// <summary>0 if the targets are given as they are.</summary>
    public int HasMean { get; }

    /// <summary>1 if noise is drawn, 0 if it is given.</summary>
    public int IsDrawn { get; }

    /// <summary>1 to add to the gradient, 0 to overwrite it.</summary>
    public int Accumulate { get; }

    /// <summary>The stream that noise is drawn from.</summary>
    public KernelRandom Noise { get; }
}
