using System.Text.Json;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>A result that an earlier <c>calm bench</c> wrote as JSON.</summary>
/// <param name="Ops">Its rows.</param>
internal sealed record SavedBench(IReadOnlyList<BenchRow> Ops)
{
    private static readonly JsonFile Format = new(
        "a result of calm bench", "write one with --json",
        new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase });

    /// <summary>Reads a file.</summary>
    /// <exception cref="CalmException">It cannot be read, or is no such result.</exception>
    public static SavedBench Read(string path) => Format.Read<SavedBench>(path, ProblemOf);

    /// <summary>Every row of the same work in both results, compared; rows of one alone are left out.</summary>
    public IReadOnlyList<BenchVerdict> Compare(IReadOnlyList<BenchRow> rows)
    {
        Dictionary<string, BenchRow> saved = Ops.ToDictionary(row => row.Key);
        return
        [
            .. rows.Where(row => row.IsTimed && saved.ContainsKey(row.Key)).Select(row => BenchVerdict.Of(row, saved[row.Key])),
        ];
    }

    private static string? ProblemOf(SavedBench bench) =>
        bench.Ops.Any(row => row is null) ? "an op is null"
        : bench.Ops.GroupBy(row => row.Key).FirstOrDefault(same => same.Count() > 1) is { } same ? $"{same.Key} is there twice"
        : bench.Ops.Any(row => row.IsTimed && !(row.SecondsMedian > 0 && row.SecondsHigh >= row.SecondsMedian))
            ? "a median is not within its interval"
        : null;
}
