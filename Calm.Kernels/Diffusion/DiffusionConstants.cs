namespace Calm.Kernels;

/// <summary>
/// The columns of a table of constants with a row for each step t of a diffusion. The first two mix noise into a latent
/// (<see cref="WeightedAdd"/>), the others belong to <see cref="DiffusionLoss"/>.
/// </summary>
public static class DiffusionConstants
{
    /// <summary>Factor of the latent in x_t: the root of the cumulative product of 1 - beta.</summary>
    public const int Signal = 0;

    /// <summary>Factor of the noise in x_t.</summary>
    public const int Noise = 1;

    /// <summary>Difference of the reverse step's means for noises that differ by one.</summary>
    public const int Gap = 2;

    /// <summary>Logarithm of the minimum variance of the reverse step: the posterior's.</summary>
    public const int LogMin = 3;

    /// <summary>Logarithm of its maximum variance: the forward step's.</summary>
    public const int LogMax = 4;

    /// <summary>1 at t = 0, else 0.</summary>
    public const int IsFirst = 5;

    /// <summary>Number of columns.</summary>
    public const int Count = 6;
}
