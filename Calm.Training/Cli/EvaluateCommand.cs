using System.CommandLine;
using System.CommandLine.Parsing;
using Calm.Runtime;

namespace Calm.Training;

/// <summary><c>calm evaluate RUN</c>: accuracy of the autoencoder, BrierLM of the model, and of the counting baselines.</summary>
internal static class EvaluateCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "evaluate", "Measure a run on its held-out text. Example: calm evaluate runs/demo --json");
        DeviceOptions devices = new(command);
        SeriesMeasureOptions series = new(command);
        Argument<string> run = new("run") { Description = "Run folder of an autoencoder, a language model or a demo" };
        Option<string> estimator = BrierOptions.Estimator(
            "clamped, or published: two draws, the last window of K < 4 left out, negative scores multiplied");
        Option<long> patches = new("--patches") { Description = "Held-out patches to look at; 0 for all" };
        Option<int> draws = new("--draws") { Description = "Draws at each position", DefaultValueFactory = _ => 8 };
        Option<string[]> against = new("--against") { Description = "Another run on the same text, for a paired test" };
        command.Arguments.Add(run);
        command.Options.Add(against);
        command.Options.Add(estimator);
        command.Options.Add(patches);
        command.Options.Add(draws);
        command.SetAction(parsed =>
        {
            BrierEstimator kind = BrierOptions.Parse(parsed.GetValue(estimator)!);
            string[] rivals = parsed.GetValue(against) ?? [];
            if (parsed.GetValue(draws) < 2)
            {
                throw new UsageException($"--draws {parsed.GetValue(draws)}: must be at least 2.");
            }

            using Device device = devices.Open(parsed, terminal);
            string path = parsed.GetValue(run)!;
            string inside = Path.Combine(path, "calm");
            if (TrainedArModel.Is(path))
            {
                RefuseDraws(parsed.GetResult(draws), rivals);
                return new ArEvaluation(terminal, device, kind, parsed.GetValue(patches), parsed.GetValue(draws)).Run(
                    path, rivals);
            }

            RunFolder folder = RunFolder.Open(Directory.Exists(inside) ? inside : path);
            if (folder.ReadDescription().Stage == "autoencoder")
            {
                RefuseRivals(rivals, $"{path} is a run of an autoencoder, which has no BrierLM");
                return RunAutoencoder(terminal, folder, device, parsed.GetValue(patches));
            }

            return new CalmEvaluation(terminal, device, kind, parsed.GetValue(patches), parsed.GetValue(draws)).Run(
                path, rivals, trained => series.Measure(parsed, trained, device));
        });
        return command;
    }

    private static void RefuseDraws(OptionResult? given, string[] rivals)
    {
        if (given is { Implicit: false } && rivals.All(TrainedArModel.Is))
        {
            throw new UsageException("--draws: a run of calm train ar is scored by its probabilities; leave it out.");
        }
    }

    private static void RefuseRivals(string[] rivals, string why)
    {
        if (rivals.Length > 0)
        {
            throw new UsageException($"--against: {why}.");
        }
    }

    private static int RunAutoencoder(Terminal terminal, RunFolder folder, Device device, long patches)
    {
        Autoencoder model = PublishedCheckpoint.LoadAutoencoder(folder.LatestModel, device);
        using Corpus corpus = Corpus.Open(folder.ReadDescription().Corpus);
        AutoencoderAccuracy accuracy = new AutoencoderEvaluator(model, device).Measure(
            new HeldOutWindows(corpus.HeldOut, 64, patches));
        terminal.Result(
            new
            {
                accuracy = accuracy.Mean,
                accuracySampled = accuracy.Sampled,
                accuracyPerturbed = accuracy.Perturbed,
                perturbation = accuracy.Sigma,
                accuracy.Loss,
                accuracy.ActiveDimensions,
                accuracy.Tokens,
            },
            writer => Write(writer, accuracy));
        return 0;
    }

    /// <summary>The counting baselines as JSON has them.</summary>
    internal static object Json(BrierTotals.Result unigram, BrierTotals.Result bigram) => new
    {
        unigram = unigram.BrierLm,
        unigramInterval = new[] { unigram.Low, unigram.High },
        bigram = bigram.BrierLm,
        bigramInterval = new[] { bigram.Low, bigram.High },
    };

    /// <summary>A line for each model.</summary>
    internal static void WriteTable(
        TextWriter writer, BrierTotals.Result score, params ReadOnlySpan<(string Name, BrierTotals.Result Score)> rows)
    {
        writer.WriteLine($"{score.Rows:N0} windows of {score.Documents:N0} held-out documents; values times 100");
        writer.WriteLine($"{"",-10}{"Brier-1",9}{"-2",9}{"-3",9}{"-4",9}{"BrierLM",10}  95 % interval");
        foreach ((string name, BrierTotals.Result row) in rows)
        {
            Write(writer, name, row);
        }
    }

    internal static void Write(TextWriter writer, AutoencoderAccuracy a) =>
        writer.WriteLine(
            $"autoencoder accuracy {100 * a.Mean:F3} % (mean latent), {100 * a.Sampled:F3} % (drawn), "
            + $"{100 * a.Perturbed:F3} % (mean plus noise of {a.Sigma}); {a.ActiveDimensions} active latent dimensions");

    private static void Write(TextWriter writer, string name, BrierTotals.Result r) =>
        writer.WriteLine(
            $"{name,-10}{100 * r.Brier[0],9:F2}{100 * r.Brier[1],9:F2}{100 * r.Brier[2],9:F2}{100 * r.Brier[3],9:F2}"
            + $"{100 * r.BrierLm,10:F2}  {100 * r.Low:F2} to {100 * r.High:F2}");
}
