using System.Text.Json;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>A result that an earlier <c>calm bench</c> wrote as JSON.</summary>
/// <param name="Ops">Its rows.</param>
/// <param name="OtherCores">Cores that other programs took; null if unknown.</param>
internal sealed record SavedBench(IReadOnlyList<BenchRow> Ops, double? OtherCores = null)
{
    /// <summary>Cores from which on other programs disturb a comparison of two runs.</summary>
    public const double DisturbingCores = 0.25;

    private static readonly JsonFile Format = new(
        "a result of calm bench", "write one with --json",
        new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase });

    /// <summary>Reads a file.</summary>
    /// <exception cref="CalmException">It cannot be read, or is no such result.</exception>
    public static SavedBench Read(string path) => Format.Read<SavedBench>(path, ProblemOf);

    /// <summary>Every row of the same work in both results, compared; rows of one alone are left out.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="otherCores">Cores that other programs took during their run; null if unknown.</param>
    public IReadOnlyList<BenchVerdict> Compare(IReadOnlyList<BenchRow> rows, double? otherCores)
    {
        bool isDisturbed = IsDisturbed(otherCores);
        Dictionary<string, BenchRow> saved = Ops.ToDictionary(row => row.Key);
        return
        [
            .. rows.Where(row => row.IsTimed && saved.ContainsKey(row.Key))
                .Select(row => BenchVerdict.Of(row, saved[row.Key], isDisturbed)),
        ];
    }

    /// <summary>Whether other programs took much of the machine during this run or another.</summary>
    public bool IsDisturbed(double? otherCores) => Math.Max(OtherCores ?? 0, otherCores ?? 0) > DisturbingCores;

    private static string? ProblemOf(SavedBench bench) =>
        bench.Ops.Any(row => row is null) ? "an op is null"
        : bench.Ops.GroupBy(row => row.Key).FirstOrDefault(same => same.Count() > 1) is { } same ? $"{same.Key} is there twice"
        : bench.Ops.Any(row => row.IsTimed && !(row.SecondsMedian > 0 && row.SecondsHigh >= row.SecondsMedian))
            ? "a median is not within its interval"
        : null;
}
