using System.CommandLine;

namespace Calm.Cli;

/// <summary>Options and remarks of the commands that print BrierLM.</summary>
internal static class BrierOptions
{
    /// <summary>The option that chooses an estimator.</summary>
    public static Option<string> Estimator(string description) => new("--estimator")
    {
        Description = description,
        DefaultValueFactory = _ => "clamped",
    };

    /// <summary>Warns in one line that there is no interval, or that it rests on few units.</summary>
    /// <param name="terminal">The output; standard error is used.</param>
    /// <param name="score">The score.</param>
    /// <param name="remedy">The advice.</param>
    public static void RemarkFew(Terminal terminal, BrierTotals.Result score, string remedy)
    {
        if (score.Interval is null)
        {
            terminal.Error.WriteLine(
                $"calm: one document, and nothing to draw again: there is no interval and no paired test; {remedy}.");
        }
        else if (score.Units < BrierTotals.FewUnits)
        {
            terminal.Error.WriteLine(
                $"calm: {score.Units} {score.UnitName} can be drawn again in few ways: with fewer than "
                + $"{BrierTotals.FewUnits} an interval is too narrow and a p too small; {remedy}.");
        }
    }

    /// <summary>The estimator of a name.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static BrierEstimator Parse(string name) =>
        Enum.GetValues<BrierEstimator>().Cast<BrierEstimator?>()
            .FirstOrDefault(kind => string.Equals(kind.ToString(), name, StringComparison.OrdinalIgnoreCase))
        ?? throw new UsageException(
            $"--estimator {name}: must be clamped or published{Suggestion.For(name, ["clamped", "published"])}");
}
