using System.CommandLine;

namespace Calm.Training;

/// <summary>What commands that print BrierLM have in common.</summary>
internal static class BrierOptions
{
    /// <summary>The option that chooses an estimator.</summary>
    public static Option<string> Estimator(string description) => new("--estimator")
    {
        Description = description,
        DefaultValueFactory = _ => "clamped",
    };

    /// <summary>The estimator of a name.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static BrierEstimator Parse(string name) =>
        Enum.GetValues<BrierEstimator>().Cast<BrierEstimator?>()
            .FirstOrDefault(kind => string.Equals(kind.ToString(), name, StringComparison.OrdinalIgnoreCase))
        ?? throw new UsageException($"--estimator {name}: must be clamped or published.");
}
