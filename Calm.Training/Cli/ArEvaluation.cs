using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// <c>calm evaluate RUN</c> of a discrete model: exact cross-entropy, and BrierLM beside that of the counting baselines.
/// </summary>
internal static class ArEvaluation
{
    /// <summary>Measures a run and prints what was found.</summary>
    /// <param name="terminal">Where to.</param>
    /// <param name="trained">The run.</param>
    /// <param name="device">Where its parameters are.</param>
    /// <param name="estimator">How collisions are estimated and scores become one.</param>
    /// <param name="patches">Held-out patches to look at; 0 for all.</param>
    public static int Run(
        Terminal terminal, TrainedArModel trained, Device device, BrierEstimator estimator, long patches)
    {
        Corpus corpus = trained.Corpus;
        int patchSize = corpus.HeldOut.PatchSize;
        int context = trained.Description.Config.ArTraining.ContextTokens;
        HeldOutWindows windows = new(corpus.HeldOut, context / patchSize, patches);
        ArMeasure measure = new ArEvaluator(trained.Model, device, corpus.Tokenizer, estimator).Measure(windows);
        BrierTotals.Result score = measure.Brier;
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
                baselines = EvaluateCommand.Json(unigram, bigram),
            },
            writer =>
            {
                writer.WriteLine(
                    $"cross-entropy {measure.CrossEntropy:F4} nats a token, perplexity {measure.Perplexity:F3}, "
                    + $"{measure.BitsPerByte:F3} bits a byte; {measure.Tokens:N0} tokens");
                EvaluateCommand.WriteTable(writer, windows, score, ("ar", score), ("bigram", bigram), ("unigram", unigram));
            });
        return 0;
    }
}
