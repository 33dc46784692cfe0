using System.CommandLine;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary><c>calm evaluate RUN</c>: accuracy of the autoencoder, BrierLM of the model, and of the counting baselines.</summary>
internal static class EvaluateCommand
{
    private const int Draws = 8;
    private const int MostDraws = 4096;

    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "evaluate",
            "Measure a run on its held-out text: what its autoencoder gets right, BrierLM beside counting baselines, of a "
            + "series its forecasts, of calm train ar its cross-entropy. "
            + "Example: calm evaluate runs/calm --against runs/other");
        Argument<string> run = new("run") { Description = "Run folder of calm train, or of a demo" };
        Option<string> estimator = BrierOptions.Estimator(
            "clamped, or published: two draws, the last window of K < 4 left out, negative scores multiplied");
        Option<long> patches = new("--patches") { Description = "Held-out patches to look at; 0, the default, for all" };
        Option<int?> draws = new("--draws")
        {
            Description = $"Draws at each position. Default: {Draws}; two with K < 4 or --estimator published",
        };
        Option<string[]> against = new("--against")
        {
            Description = "Another run of calm train calm or ar on the same text, for a paired test; may be repeated",
        };
        command.Arguments.Add(run);
        command.Options.Add(patches);
        command.Options.Add(draws);
        command.Options.Add(estimator);
        command.Options.Add(against);
        Option<bool> ema = EmaOption.AddTo(command);
        SeriesMeasureOptions series = new(command);
        Option<string?> data = RunText.AddTo(command);
        DeviceOptions devices = new(command);
        command.SetAction(parsed =>
        {
            BrierEstimator kind = BrierOptions.Parse(parsed.GetValue(estimator)!);
            string[] rivals = parsed.GetValue(against) ?? [];
            int count = parsed.GetValue(draws) ?? Draws;
            GivenOptions.RequireAtLeast(draws, count, 2);
            GivenOptions.RequireAtMost(draws, count, MostDraws);
            long most = parsed.AtLeast(patches, 0);
            string path = parsed.GetValue(run)!;
            string? text = parsed.GetValue(data);
            bool average = parsed.GetValue(ema);
            RunFolder folder = RunFolder.OpenModel(path);
            RunFolder.Description description = folder.ReadDescription();
            string what = $"{path} is a run of {description.Stage.Name()}";
            bool forecasts = description.Stage == Stage.Calm && SeriesMeasureOptions.Apply(text ?? description.Corpus);
            parsed.Refuse(
                $"{path} is no run of calm train calm on a series, so nothing is forecast; leave it out",
                forecasts ? [] : series.Options);
            using Device device = devices.Open(parsed, terminal);
            switch (description.Stage)
            {
                case Stage.Ar:
                    parsed.Refuse(
                        $"{what}, which is scored by its probabilities; leave it out",
                        rivals.All(TrainedArModel.Is) ? [draws] : []);
                    return RunAr(terminal, device, path, text, average, kind, most, count, rivals);

                case Stage.Autoencoder:
                    parsed.Refuse($"{what}, which has no BrierLM; leave it out", draws, estimator, against);
                    return RunAutoencoder(terminal, folder, text, average, device, most);
                default:
                    int k = description.Config.Calm.PatchSize;
                    parsed.Refuse(
                        $"{what} with patches of {k} tokens, and --estimator is {parsed.GetValue(estimator)}: two draws are "
                        + "made at each position; leave it out",
                        kind == BrierEstimator.Published || k < BrierScore.MostTokens ? [draws] : []);
                    return RunCalm(
                        terminal, device, path, text, average, kind, most, count, rivals,
                        trained => series.Measure(parsed, trained, device));
            }
        });
        return command;
    }

    /// <summary>Measures a language model of patches, and of a series its forecasts.</summary>
    private static int RunCalm(
        Terminal terminal, Device device, string path, string? text, bool average, BrierEstimator estimator, long patches,
        int draws, string[] rivals, Func<TrainedModel, SeriesResult?> measureForecast)
    {
        RivalRun.RequireSameWindows(rivals, isDiscrete: false, estimator);
        using TrainedModel trained = terminal.During($"reading {path}", _ => TrainedModel.Open(path, device, text, average));
        int context = trained.Description.Config.CalmTraining.ContextPatches;
        HeldOutWindows windows = new(trained.Corpus.HeldOut, context, patches);
        AutoencoderAccuracy accuracy = terminal.During(
            "measuring the autoencoder",
            activity => new AutoencoderEvaluator(trained.Model.Autoencoder, device).Measure(windows, activity));
        BrierTotals totals = terminal.During(
            $"measuring {path}",
            activity => new CalmEvaluator(trained.Model, device, estimator, draws).Totals(windows, activity));
        ScoredRun scored = new(trained.Corpus, windows, totals, estimator, context * trained.Model.Config.PatchSize);
        ModelScores scores = ModelScores.Measure(path, scored, rivals, draws, device, terminal);
        SeriesResult? forecast = terminal.During("forecasting", _ => measureForecast(trained));
        if (SeriesInfo.Find(trained.Corpus.Folder) is { Fill: GapFill.Previous or GapFill.Linear })
        {
            terminal.Error.WriteLine("series: rows and values that were filled count as truth.");
        }

        scores.Remark(terminal);
        Dictionary<string, object?> json = new()
        {
            ["accuracy"] = accuracy.Mean,
            ["accuracySampled"] = accuracy.Sampled,
            ["accuracyPerturbed"] = accuracy.Perturbed,
        };
        scores.AddTo(json);
        json["forecast"] = forecast;
        terminal.Result(json, writer =>
        {
            Write(writer, accuracy);
            scores.WriteTable(writer, "calm");
            if (forecast is not null)
            {
                ForecastReport.Write(writer, forecast);
            }

            scores.WriteTests(writer);
        });
        NextStep.AfterEvaluation(terminal, Stage.Calm, path);
        return 0;
    }

    /// <summary>Measures a discrete model.</summary>
    private static int RunAr(
        Terminal terminal, Device device, string path, string? text, bool average, BrierEstimator estimator, long patches,
        int draws, string[] rivals)
    {
        RivalRun.RequireSameWindows(rivals, isDiscrete: true, estimator);
        using TrainedArModel trained = terminal.During(
            $"reading {path}", _ => TrainedArModel.Open(path, device, text, average));
        Corpus corpus = trained.Corpus;
        int context = trained.Description.Config.ArTraining.ContextTokens;
        HeldOutWindows windows = new(corpus.HeldOut, context / corpus.HeldOut.PatchSize, patches);
        ArMeasure measure = terminal.During(
            $"measuring {path}",
            activity => new ArEvaluator(trained.Model, device, corpus.Tokenizer, estimator).Measure(windows, activity));
        ModelScores scores = ModelScores.Measure(
            path, new ScoredRun(corpus, windows, measure.Totals, estimator, context), rivals, draws, device, terminal);
        scores.Remark(terminal);
        Dictionary<string, object?> json = new()
        {
            ["crossEntropy"] = measure.CrossEntropy,
            ["perplexity"] = measure.Perplexity,
            ["bitsPerByte"] = measure.BitsPerByte,
            ["tokens"] = measure.Tokens,
        };
        scores.AddTo(json);
        terminal.Result(json, writer =>
        {
            writer.WriteLine(
                $"cross-entropy {measure.CrossEntropy:F4} nats a token, perplexity {measure.Perplexity:F3}, "
                + $"{measure.BitsPerByte:F3} bits a byte; {measure.Tokens:N0} tokens");
            scores.WriteTable(writer, "ar");
            scores.WriteTests(writer);
        });
        NextStep.AfterEvaluation(terminal, Stage.Ar, path);
        return 0;
    }

    private static int RunAutoencoder(
        Terminal terminal, RunFolder folder, string? text, bool average, Device device, long patches)
    {
        Autoencoder model = terminal.During(
            $"reading {folder.Path}", _ => PublishedCheckpoint.LoadAutoencoder(folder.LatestModel(), device));
        if (average)
        {
            folder.ReadAverage(model.Parameters);
        }

        using Corpus corpus = folder.OpenText(text);
        AutoencoderAccuracy accuracy = terminal.During(
            $"measuring {folder.Path}",
            activity => new AutoencoderEvaluator(model, device).Measure(
                new HeldOutWindows(corpus.HeldOut, 64, patches), activity));
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
        NextStep.AfterEvaluation(terminal, Stage.Autoencoder, folder.Path);
        return 0;
    }

    private static void Write(TextWriter writer, AutoencoderAccuracy a) =>
        writer.WriteLine(
            $"autoencoder accuracy {100 * a.Mean:F3} % (mean latent), {100 * a.Sampled:F3} % (drawn), "
            + $"{100 * a.Perturbed:F3} % (mean plus noise of {a.Sigma}); {a.ActiveDimensions} active latent dimensions");
}
