using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Calm.Training;

namespace Calm.Bench;

/// <summary>
/// <c>trust</c>: whether <c>calm bench</c> may be believed. The table of all ops is measured twice, warm, cold, and beside a
/// program that keeps a core busy; then a kernel that became 5 % slower is looked for, ten times, and one that did not.
/// Each measurement is a process of its own.
/// </summary>
internal static class TrustCommand
{
    /// <summary>Name of the command.</summary>
    public const string Name = "trust";

    /// <summary>Runs it and returns the exit code.</summary>
    public static int Run(string[] args)
    {
        RootCommand command = new(
            "Measure the table of ops twice and look for a slowed kernel; write bench/results/MACHINE/trust-DATE.md. "
            + "Example: dotnet run -c Release --project bench/Calm.Bench -- trust --rounds 10");
        Option<int> rounds = new("--rounds")
        {
            Description = "Comparisons with the slowed and with the unchanged kernel", DefaultValueFactory = _ => 10,
        };
        command.Options.Add(rounds);
        command.SetAction(parsed => Run(parsed.GetValue(rounds)));
        return command.Parse(args).Invoke();
    }

    private static void Run(int rounds)
    {
        using BenchProcess bench = new();
        List<string> lines =
        [
            "# Whether the benchmark can be trusted", "",
            $"{Machine.Processor}, {Environment.ProcessorCount} cores. Made by",
            $"`dotnet run -c Release --project bench/Calm.Bench -- {Name} --rounds {rounds}`.", "",
            "Two tables of all ops, one after the other. Agree: the intervals of the two medians overlap. Noisy: so marked in",
            "either. Above: faster than the roof in either, with a remark.", "", TwoTables.Heading, "|---|---|---|---|---|---|",
        ];
        foreach ((string name, string cache, bool isBusy) in new[]
                 {
                     ("warm", "warm", false), ("cold", "cold", false), ("warm, a core taken", "warm", true),
                 })
        {
            using Process? busy = isBusy ? Process.Start("sh", ["-c", "while :; do :; done"]) : null;
            try
            {
                TwoTables tables = new(bench.Table(cache), bench.Table(cache));
                lines.Add(tables.Line(name));
                Console.Error.WriteLine(lines[^1]);
            }
            finally
            {
                busy?.Kill();
            }
        }

        lines.AddRange(
        [
            "", "A kernel with 5 % more work, and the same kernel, each against a result that was saved just before:", "",
            .. Verdicts(bench, rounds),
        ]);
        string file = Machine.ResultFile(Name);
        SafeFile.WriteText(file, writer => lines.ForEach(writer.WriteLine));
        lines.ForEach(Console.WriteLine);
        Console.Error.WriteLine($"written to {file}");
    }

    private static List<string> Verdicts(BenchProcess bench, int rounds)
    {
        List<BenchVerdict> slowed = [], unchanged = [];
        for (int round = 1; round <= rounds; round++)
        {
            SavedBench saved = bench.Kernels(isSlowed: false);
            slowed.AddRange(Compared(saved, bench.Kernels(isSlowed: true)));
            unchanged.AddRange(Compared(saved, bench.Kernels(isSlowed: false)));
            Console.Error.WriteLine($"round {round} of {rounds}");
        }

        return
        [
            "| kernel | 5 % slower: found | undecided | same | ratio, median | unchanged: same | undecided | slower | faster |",
            "|---|---|---|---|---|---|---|---|---|",
            .. slowed.GroupBy(v => $"{v.Row.Name} {v.Row.Shape} {v.Row.Direction}").Select(op =>
            {
                BenchVerdict[] kept = [.. unchanged.Where(v => v.Row.Key == op.First().Row.Key)];
                double ratio = op.Select(v => v.Ratio.Value).Order().ElementAt(op.Count() / 2);
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {op.Key} | {Count(op, Verdict.Slower)} | {Count(op, Verdict.Undecided)} | {Count(op, Verdict.Same)} "
                    + $"| {ratio:F3} | {Count(kept, Verdict.Same)} | {Count(kept, Verdict.Undecided)} "
                    + $"| {Count(kept, Verdict.Slower)} | {Count(kept, Verdict.Faster)} |");
            }),
        ];

        static IReadOnlyList<BenchVerdict> Compared(SavedBench saved, SavedBench now) => saved.Compare(now.Ops, now.OtherCores);

        static int Count(IEnumerable<BenchVerdict> verdicts, Verdict kind) => verdicts.Count(v => v.Verdict == kind);
    }
}

/// <summary>The same table of ops, measured twice.</summary>
/// <param name="First">The first.</param>
/// <param name="Second">The second.</param>
internal sealed record TwoTables(SavedBench First, SavedBench Second)
{
    /// <summary>The first line of the report's table.</summary>
    public const string Heading = "| caches | rows | agree | agree, % | noisy | above |";

    /// <summary>The line of these two tables.</summary>
    public string Line(string name)
    {
        (BenchRow A, BenchRow B)[] pairs =
        [
            .. First.Ops.Where(row => row.IsTimed).Join(
                Second.Ops.Where(row => row.IsTimed), row => row.Key, row => row.Key, (a, b) => (a, b)),
        ];
        int agree = pairs.Count(p => p.A.SecondsLow <= p.B.SecondsHigh && p.B.SecondsLow <= p.A.SecondsHigh);
        int noisy = pairs.Count(p => Math.Max(p.A.Noise, p.B.Noise) > BenchRun.MostNoise);
        int above = pairs.Count(p => Math.Max(p.A.PercentOfPeak ?? 0, p.B.PercentOfPeak ?? 0) > 100);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {pairs.Length} | {agree} | {100.0 * agree / pairs.Length:F1} | {noisy} | {above} |");
    }
}
