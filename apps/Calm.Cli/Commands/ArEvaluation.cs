using Calm.Runtime;

namespace Calm.Cli;

/// <summary>
/// <c>calm evaluate RUN</c> of a discrete model: exact cross-entropy, and BrierLM beside that of the counting baselines and
/// beside other runs.
/// </summary>
/// <param name="terminal">Where results go.</param>
/// <param name="device">Where models run.</param>
/// <param name="estimator">How collisions are estimated and scores become one.</param>
/// <param name="patches">Held-out patches to look at; 0 for all.</param>
/// <param name="draws">Draws at each position of runs of patches that it is compared with.</param>
internal sealed class ArEvaluation(Terminal terminal, Device device, BrierEstimator estimator, long patches, int draws)
{
    /// <summary>Measures a run and prints what was found.</summary>
    /// <param name="path">The run.</param>
    /// <param name="text">Where its tokenised text was moved to, or null.</param>
    /// <param name="rivals">Runs on the same text, for paired tests.</param>
    public int Run(string path, string? text, string[] rivals)
    {
        RivalRun.RequireSameWindows(rivals, isDiscrete: true, estimator);
        using TrainedArModel trained = TrainedArModel.Open(path, device, text);
        Corpus corpus = trained.Corpus;
        int patchSize = corpus.HeldOut.PatchSize;
        int context = trained.Description.Config.ArTraining.ContextTokens;
        HeldOutWindows windows = new(corpus.HeldOut, context / patchSize, patches);
        ArMeasure measure = new ArEvaluator(trained.Model, device, corpus.Tokenizer, estimator).Measure(windows);
        BrierTotals.Result score = measure.Brier;
        ScoredRun scored = new(corpus, windows, measure.Totals, estimator);
        RivalRun[] against = [.. rivals.Select(rival => RivalRun.Measure(rival, scored, draws, device))];
        CountBaseline counts = new(corpus.Train.All(), corpus.Tokenizer.VocabularySize);
        (BrierTotals.Result unigram, BrierTotals.Result bigram) =
            CalmEvaluator.MeasureBaselines(counts, windows, patchSize);
        BrierOptions.RemarkFew(terminal, score, EvaluateCommand.MoreText);
        terminal.Result(
            new
            {
                crossEntropy = measure.CrossEntropy,
                perplexity = measure.Perplexity,
                bitsPerByte = measure.BitsPerByte,
                tokens = measure.Tokens,
                brierLm = score.BrierLm,
                brier = score.Brier,
                interval = score.Interval,
                windows = score.Rows,
                documents = score.Documents,
                pieces = EvaluateCommand.Pieces(windows, score),
                estimator = estimator.ToString().ToLowerInvariant(),
                against = against.Select(rival => PairedReport.Json("run", rival.Run, rival.Score, rival.Pair)),
                baselines = EvaluateCommand.Json(unigram, bigram),
            },
            writer =>
            {
                writer.WriteLine(
                    $"cross-entropy {measure.CrossEntropy:F4} nats a token, perplexity {measure.Perplexity:F3}, "
                    + $"{measure.BitsPerByte:F3} bits a byte; {measure.Tokens:N0} tokens");
                EvaluateCommand.WriteTable(writer, windows, score, ("ar", score), ("bigram", bigram), ("unigram", unigram));
                PairedReport.Write(writer, path, score, against);
            });
        return 0;
    }
}
