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
        Argument<string> run = new("run") { Description = "Run folder of an autoencoder, a language model or a demo" };
        Option<string> estimator = new("--estimator")
        {
            Description = "clamped, or published: two draws, the last window of K < 4 left out, negative scores multiplied",
            DefaultValueFactory = _ => "clamped",
        };
        Option<long> patches = new("--patches") { Description = "Held-out patches to look at; 0 for all" };
        Option<int> draws = new("--draws") { Description = "Draws at each position", DefaultValueFactory = _ => 8 };
        command.Arguments.Add(run);
        command.Options.Add(estimator);
        command.Options.Add(patches);
        command.Options.Add(draws);
        command.SetAction(parsed =>
        {
            if (!Enum.TryParse(parsed.GetValue(estimator), ignoreCase: true, out BrierEstimator kind))
            {
                throw new UsageException($"--estimator {parsed.GetValue(estimator)}: must be clamped or published.");
            }

            if (parsed.GetValue(draws) < 2)
            {
                throw new UsageException($"--draws {parsed.GetValue(draws)}: must be at least 2.");
            }

            using Device device = devices.Open(parsed, terminal);
            string path = parsed.GetValue(run)!;
            string inside = Path.Combine(path, "calm");
            if (TrainedArModel.Is(path))
            {
                RefuseDraws(parsed.GetResult(draws));
                using TrainedArModel discrete = TrainedArModel.Open(path, device);
                return ArEvaluation.Run(terminal, discrete, device, kind, parsed.GetValue(patches));
            }

            RunFolder folder = RunFolder.Open(Directory.Exists(inside) ? inside : path);
            return folder.ReadDescription().Stage == "autoencoder"
                ? RunAutoencoder(terminal, folder, device, parsed.GetValue(patches))
                : RunCalm(terminal, path, device, kind, parsed.GetValue(patches), parsed.GetValue(draws));
        });
        return command;
    }

    private static void RefuseDraws(OptionResult? given)
    {
        if (given is { Implicit: false })
        {
            throw new UsageException("--draws: a run of calm train ar is scored by its probabilities; leave it out.");
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

    private static int RunCalm(
        Terminal terminal, string path, Device device, BrierEstimator estimator, long patches, int draws)
    {
        using TrainedModel trained = TrainedModel.Open(path, device);
        RunConfig config = trained.Description.Config;
        HeldOutWindows windows = new(trained.Corpus.HeldOut, config.CalmTraining.ContextPatches, patches);
        AutoencoderAccuracy accuracy = new AutoencoderEvaluator(trained.Model.Autoencoder, device).Measure(windows);
        BrierTotals.Result score = new CalmEvaluator(trained.Model, device, estimator, draws).Measure(windows);
        CountBaseline counts = new(trained.Corpus.Train.All(), trained.Corpus.Tokenizer.VocabularySize);
        (BrierTotals.Result unigram, BrierTotals.Result bigram) =
            CalmEvaluator.MeasureBaselines(counts, windows, config.Calm.PatchSize);
        terminal.Result(
            new
            {
                accuracy = accuracy.Mean,
                accuracySampled = accuracy.Sampled,
                accuracyPerturbed = accuracy.Perturbed,
                brierLm = score.BrierLm,
                brier = score.Brier,
                interval = new[] { score.Low, score.High },
                windows = score.Rows,
                documents = score.Documents,
                estimator = estimator.ToString().ToLowerInvariant(),
                baselines = new
                {
                    unigram = unigram.BrierLm,
                    unigramInterval = new[] { unigram.Low, unigram.High },
                    bigram = bigram.BrierLm,
                    bigramInterval = new[] { bigram.Low, bigram.High },
                },
            },
            writer =>
            {
                Write(writer, accuracy);
                WriteTable(writer, score, ("calm", score), ("bigram", bigram), ("unigram", unigram));
            });
        return 0;
    }

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

    private static void Write(TextWriter writer, AutoencoderAccuracy a) =>
        writer.WriteLine(
            $"autoencoder accuracy {100 * a.Mean:F3} % (mean latent), {100 * a.Sampled:F3} % (drawn), "
            + $"{100 * a.Perturbed:F3} % (mean plus noise of {a.Sigma}); {a.ActiveDimensions} active latent dimensions");

    private static void Write(TextWriter writer, string name, BrierTotals.Result r) =>
        writer.WriteLine(
            $"{name,-10}{100 * r.Brier[0],9:F2}{100 * r.Brier[1],9:F2}{100 * r.Brier[2],9:F2}{100 * r.Brier[3],9:F2}"
            + $"{100 * r.BrierLm,10:F2}  {100 * r.Low:F2} to {100 * r.High:F2}");
}
