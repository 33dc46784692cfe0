using System.CommandLine;

namespace Calm.Cli;

/// <summary><c>calm brier FILE...</c>: BrierLM of samples that any implicit model drew.</summary>
internal static class BrierCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "brier",
            "BrierLM of samples from files, and paired tests between them. "
            + "Example: calm brier mine.jsonl theirs.jsonl --json");
        Argument<string[]> files = new("file")
        {
            Description = "A row a line: {\"truth\":[ids], \"draws\":[[ids],[ids],...], \"document\":optional}, or .csv; "
                + "further files are compared with the first, row by row",
            Arity = ArgumentArity.ZeroOrMore,
        };
        Option<string> estimator = BrierOptions.Estimator("clamped, or published: two draws, negative scores multiplied");
        Option<bool> selfTest = new("--self-test") { Description = "Test the estimator on a model whose scores are known" };
        command.Arguments.Add(files);
        command.Options.Add(estimator);
        command.Options.Add(selfTest);
        command.SetAction(parsed =>
        {
            BrierEstimator kind = BrierOptions.Parse(parsed.GetValue(estimator)!);
            string[] paths = parsed.GetValue(files) ?? [];
            if (paths.Length == 0 != parsed.GetValue(selfTest))
            {
                throw new UsageException("calm brier takes files, or --self-test alone; see calm brier --help.");
            }

            return paths.Length == 0 ? SelfTest(terminal) : Score(terminal, paths, kind);
        });
        return command;
    }

    private static int Score(Terminal terminal, string[] paths, BrierEstimator estimator)
    {
        BrierTotals[] totals = terminal.During("reading samples", _ => SampleScores.Of(paths, estimator));
        BrierTotals.Result[] scores = [.. totals.Select(t => t.Summarise(estimator))];
        PairedBrier.Result[] pairs = terminal.During<PairedBrier.Result[]>(
            "drawing again", _ => [.. totals.Skip(1).Select(other => PairedBrier.Compare(totals[0], other, estimator))]);
        BrierTotals.Result first = scores[0];
        BrierOptions.RemarkFew(terminal, first, "score rows of more documents");
        terminal.Result(
            new
            {
                file = paths[0],
                brierLm = first.BrierLm,
                brier = first.Brier,
                interval = first.Interval,
                rows = first.Rows,
                documents = first.Documents,
                estimator = estimator.ToString().ToLowerInvariant(),
                against = pairs.Select((pair, i) => PairedReport.Json("file", paths[i + 1], scores[i + 1], pair)),
            },
            writer =>
            {
                writer.WriteLine(
                    $"{Readable.Count(first.Rows, "row")} of {Readable.Count(first.Documents, "document")}; values times "
                    + "100; estimator "
                    + estimator.ToString().ToLowerInvariant());
                PairedReport.Write(writer, [.. paths.Zip(scores)], pairs);
            });
        return 0;
    }

    private static int SelfTest(Terminal terminal)
    {
        IReadOnlyList<BrierSelfTest.Line> lines = terminal.During("testing the estimator", _ => BrierSelfTest.Run());
        bool passed = lines.All(line => line.Passed);
        terminal.Result(
            new
            {
                passed,
                rows = BrierSelfTest.Rows,
                limit = BrierSelfTest.Limit,
                lines = lines.Select(line => new
                {
                    line.Name,
                    line.Draws,
                    line.Expected,
                    line.Estimated,
                    line.StandardError,
                    line.Z,
                    line.Passed,
                }),
            },
            writer =>
            {
                writer.WriteLine(
                    $"A known Markov chain, {BrierSelfTest.Rows:N0} rows; |z| must not exceed {BrierSelfTest.Limit}.");
                writer.WriteLine($"{"",-10}{"draws",6}{"expected",12}{"estimated",12}{"error",11}{"z",8}");
                foreach (BrierSelfTest.Line line in lines)
                {
                    writer.WriteLine(
                        $"{line.Name,-10}{line.Draws,6}{line.Expected,12:F6}{line.Estimated,12:F6}{line.StandardError,11:F6}"
                        + $"{line.Z,8:F2}{(line.Passed ? "" : "  outside")}");
                }

                writer.WriteLine(passed ? "passed" : "failed");
            });
        return passed ? 0 : 1;
    }
}
