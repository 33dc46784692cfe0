using Calm.Runtime;

namespace Calm.Cli;

/// <summary>
/// <c>calm evaluate RUN</c> of a language model: accuracy of its autoencoder, BrierLM beside the counting baselines and beside
/// other runs, and of a series its forecasts.
/// </summary>
/// <param name="terminal">Where results go.</param>
/// <param name="device">Where models run.</param>
/// <param name="estimator">How the four scores become one.</param>
/// <param name="patches">Held-out patches to look at; 0 for all.</param>
/// <param name="draws">Draws at each position.</param>
internal sealed class CalmEvaluation(Terminal terminal, Device device, BrierEstimator estimator, long patches, int draws)
{
    /// <summary>Measures a run and prints what was found.</summary>
    /// <param name="path">The run.</param>
    /// <param name="text">Where its tokenised text was moved to, or null.</param>
    /// <param name="rivals">Runs on the same text, for paired tests.</param>
    /// <param name="measureForecast">What a run of a series has besides; null of a run of text.</param>
    public int Run(string path, string? text, string[] rivals, Func<TrainedModel, SeriesResult?> measureForecast)
    {
        RivalRun.RequireSameWindows(rivals, isDiscrete: false, estimator);
        using TrainedModel trained = TrainedModel.Open(path, device, text);
        RunConfig config = trained.Description.Config;
        HeldOutWindows windows = new(trained.Corpus.HeldOut, config.CalmTraining.ContextPatches, patches);
        AutoencoderAccuracy accuracy = new AutoencoderEvaluator(trained.Model.Autoencoder, device).Measure(windows);
        BrierTotals totals = new CalmEvaluator(trained.Model, device, estimator, draws).Totals(windows);
        BrierTotals.Result score = totals.Summarise(estimator);
        ScoredRun scored = new(trained.Corpus, windows, totals, estimator);
        RivalRun[] against = [.. rivals.Select(rival => RivalRun.Measure(rival, scored, draws, device))];
        CountBaseline counts = new(trained.Corpus.Train.All(), trained.Corpus.Tokenizer.VocabularySize);
        (BrierTotals.Result unigram, BrierTotals.Result bigram) =
            CalmEvaluator.MeasureBaselines(counts, windows, config.Calm.PatchSize);
        SeriesResult? forecast = measureForecast(trained);
        BrierOptions.RemarkFew(terminal, score, EvaluateCommand.MoreText);
        terminal.Result(
            new
            {
                accuracy = accuracy.Mean,
                accuracySampled = accuracy.Sampled,
                accuracyPerturbed = accuracy.Perturbed,
                brierLm = score.BrierLm,
                brier = score.Brier,
                interval = score.Interval,
                windows = score.Rows,
                documents = score.Documents,
                pieces = EvaluateCommand.Pieces(windows, score),
                estimator = estimator.ToString().ToLowerInvariant(),
                against = against.Select(rival => PairedReport.Json("run", rival.Run, rival.Score, rival.Pair)),
                baselines = EvaluateCommand.Json(unigram, bigram),
                forecast,
            },
            writer =>
            {
                EvaluateCommand.Write(writer, accuracy);
                EvaluateCommand.WriteTable(
                    writer, windows, score, ("calm", score), ("bigram", bigram), ("unigram", unigram));
                forecast?.Write(writer);
                PairedReport.Write(writer, path, score, against);
            });
        return 0;
    }
}
