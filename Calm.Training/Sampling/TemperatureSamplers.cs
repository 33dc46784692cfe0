using Calm.Runtime;

namespace Calm.Training;

/// <summary>Makes samplers.</summary>
internal static class TemperatureSamplers
{
    /// <summary>Draws of a patch that the exact sampler makes at most, unless told otherwise.</summary>
    public const int MostCandidates = 10000;

    /// <summary>Makes a sampler.</summary>
    /// <param name="kind">The kind; null for lazy, whose law is the published one, at 1/n, and for exact at others.</param>
    /// <param name="temperature">T in (0, 1]; 1/n for a batch and its lazy form.</param>
    /// <param name="candidates">N of a batch and its lazy form.</param>
    /// <param name="mostCandidates">Bound of the exact form.</param>
    /// <exception cref="SettingException">An argument is out of range; the message names it.</exception>
    public static ITemperatureSampler Create(Sampler? kind, double temperature, int candidates, int mostCandidates)
    {
        if (candidates < 1)
        {
            throw new SettingException($"candidates is {candidates}, expected at least 1.");
        }

        return (kind ?? (BatchTemperature.IsReciprocal(temperature) ? Sampler.Lazy : Sampler.Exact)) switch
        {
            Sampler.Batch => Batch(BatchTemperature.Agreement(temperature), candidates),
            Sampler.Lazy => new LazyTemperature(BatchTemperature.Agreement(temperature), candidates),
            _ => new ExactTemperature(temperature, mostCandidates),
        };
    }

    /// <summary>The batch rule at temperature 1/n; at temperature 1, where any draw will do, one is made.</summary>
    /// <param name="agreement">n.</param>
    /// <param name="candidates">N.</param>
    public static BatchSampler Batch(int agreement, int candidates) => new(agreement, agreement == 1 ? 1 : candidates);
}
