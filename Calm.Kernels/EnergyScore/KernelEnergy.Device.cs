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

    /// <summary>What the sum over ordered pairs of draws is multiplied by.</summary>
    public float SpreadScale { get; }

    /// <summary>What the sum over pairs of a draw and a target is multiplied by.</summary>
    public float FitScale { get; }

    /// <summary>
    /// What |d|^(beta - 2) is multiplied by for the weight of a pair of draws: the gradient is added for the first of a pair
    /// only, so twice.
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

    /// <summary>Where noise is drawn from.</summary>
    public KernelRandom Noise { get; }
}

/// <summary>The gradient of a loss with respect to the two terms.</summary>
/// <param name="Spread">The same for all positions.</param>
/// <param name="Fit">The same for all positions.</param>
/// <param name="PerPosition">[2, M], by which the others are multiplied; null for 1.</param>
internal readonly record struct EnergySlopes(double Spread, double Fit, Tensor? PerPosition);
