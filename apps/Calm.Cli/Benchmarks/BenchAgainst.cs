using System.Globalization;

namespace Calm.Cli;

/// <summary>The comparison of a benchmark with a saved one, for people.</summary>
internal static class BenchAgainst
{
    /// <summary>Writes a line for each row that changed, and the numbers of all verdicts.</summary>
    /// <param name="writer">The terminal.</param>
    /// <param name="path">The saved result.</param>
    /// <param name="verdicts">The comparison.</param>
    /// <param name="isDisturbed">Whether other programs took much of the machine during either run.</param>
    public static void Write(TextWriter writer, string path, IReadOnlyList<BenchVerdict> verdicts, bool isDisturbed)
    {
        if (isDisturbed)
        {
            writer.WriteLine(FormattableString.Invariant(
                $"other programs took more than {SavedBench.DisturbingCores} cores in either run: only great changes count"));
        }

        writer.WriteLine($"against {path}: {string.Join(", ", Enum.GetValues<Verdict>().Select(Count))}");
        foreach (BenchVerdict verdict in verdicts.Where(v => v.Verdict is Verdict.Faster or Verdict.Slower))
        {
            writer.WriteLine($"{verdict.Row.Name,-24}{verdict.Row.Shape,-34}{verdict.Row.Direction,-10}{Text(verdict)}");
        }

        string Count(Verdict kind) => $"{verdicts.Count(v => v.Verdict == kind)} {kind.ToString().ToLowerInvariant()}";
    }

    /// <summary>A verdict in words.</summary>
    public static string Text(BenchVerdict verdict) => string.Create(
        CultureInfo.InvariantCulture,
        $"{verdict.Verdict.ToString().ToLowerInvariant()}: {verdict.Ratio.Value:F3} of the saved time ({verdict.Ratio.Low:F3} to "
        + $"{verdict.Ratio.High:F3})");
}
