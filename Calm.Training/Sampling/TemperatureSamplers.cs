using Calm.Runtime;

namespace Calm.Training;

/// <summary>The samplers by name.</summary>
internal static class TemperatureSamplers
{
    /// <summary>Names of the samplers.</summary>
    public static readonly string[] Names = ["exact", "batch", "lazy"];

    /// <summary>Draws of a patch that the exact sampler makes at most, unless told otherwise.</summary>
    public const int MostCandidates = 10000;

    /// <summary>Makes a sampler.</summary>
    /// <param name="name">
    /// One of <see cref="Names"/>; null for lazy, whose law is the published one, at 1/n, and for exact at others.
    /// </param>
    /// <param name="temperature">T in (0, 1]; 1/n for a batch and its lazy form.</param>
    /// <param name="candidates">N of a batch and its lazy form.</param>
    /// <param name="mostCandidates">Bound of the exact form.</param>
    /// <exception cref="SettingException">An argument is out of range; the message names it.</exception>
    public static ITemperatureSampler Create(string? name, double temperature, int candidates, int mostCandidates)
    {
        if (candidates < 1)
        {
            throw new SettingException($"candidates is {candidates}, expected at least 1.");
        }

        return (name ?? (BatchTemperature.IsReciprocal(temperature) ? "lazy" : "exact")) switch
        {
            "exact" => new ExactTemperature(temperature, mostCandidates),
            "batch" => new BatchSampler(BatchTemperature.Agreement(temperature), candidates),
            "lazy" => new LazyTemperature(BatchTemperature.Agreement(temperature), candidates),
            _ => throw new SettingException($"sampler is {name}, expected one of {string.Join(", ", Names)}."),
        };
    }
}
