using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Temperature 1/n from a pool of draws, without likelihoods: n draws that agree. The choice itself is
/// <see cref="CandidateChoice"/>. Source: arXiv:2510.27688, algorithm 2.
/// </summary>
internal static class BatchTemperature
{
    /// <summary>Whether a temperature is 1/n for a whole n: <see cref="InverseTemperature"/>.</summary>
    public static bool IsReciprocal(double temperature) => InverseTemperature.Of(temperature) is { IsWhole: true };

    /// <summary>The n of temperature 1/n.</summary>
    /// <exception cref="SettingException">The temperature is not the reciprocal of an integer.</exception>
    public static int Agreement(double temperature) =>
        InverseTemperature.Of(temperature) is { IsWhole: true } inverse
            ? inverse.Whole
            : throw new SettingException(
                $"temperature is {temperature}, expected 1/n for a whole n, as 1, 0.5, 0.3333333 or 0.25, with 1/T within 1e-6 "
                + "of it; sampler=exact takes any in (0, 1].");
}
