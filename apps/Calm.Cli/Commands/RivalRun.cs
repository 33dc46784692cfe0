using Calm.Runtime;

namespace Calm.Cli;

/// <summary>A scored run, with which others are compared.</summary>
/// <param name="Text">The text.</param>
/// <param name="Windows">The windows that it was scored on.</param>
/// <param name="Totals">Its scores on them, by document.</param>
/// <param name="Estimator">The estimator of the scores and of BrierLM.</param>
/// <param name="Context">Tokens of a window.</param>
/// <param name="Curve">Its scores by place in the window.</param>
/// <param name="Protocol">All that the scores depend on.</param>
internal sealed record ScoredRun(
    MeasuredText Text, HeldOutWindows Windows, BrierTotals Totals, BrierEstimator Estimator, int Context, BrierCurve Curve,
    EvaluationProtocol Protocol);

/// <summary>The demands on a measurement of BrierLM.</summary>
/// <param name="Estimator">The estimator.</param>
/// <param name="Patches">Most patches to look at; 0 for all.</param>
/// <param name="Draws">Draws at each position of models of patches.</param>
/// <param name="Rivals">Folders of other runs to compare with.</param>
internal sealed record ScoreRequest(BrierEstimator Estimator, long Patches, int Draws, string[] Rivals);

/// <summary>Another run's score on the windows of the first, and the paired test between them.</summary>
/// <param name="Run">Its folder.</param>
/// <param name="Score">Its score.</param>
/// <param name="Pair">The first's BrierLM minus its own.</param>
/// <param name="Context">Tokens of the context that it was trained with.</param>
internal sealed record RivalRun(string Run, BrierTotals.Result Score, PairedBrier.Result Pair, int Context)
{
    /// <summary>Scores a run of a language model, of patches or discrete, on the windows of another.</summary>
    /// <param name="path">Its folder.</param>
    /// <param name="first">The run that it is compared with.</param>
    /// <param name="draws">Draws at each position of a model of patches.</param>
    /// <param name="device">The device that scores it.</param>
    /// <param name="terminal">Told how far it is.</param>
    /// <exception cref="CalmException">Its held-out text, tokenizer or patches differ.</exception>
    public static RivalRun Measure(string path, ScoredRun first, int draws, Device device, Terminal terminal)
    {
        (BrierTotals totals, int context) = terminal.During($"measuring {path}", activity => TrainedArModel.Is(path)
            ? DiscreteTotals(path, first, device, activity)
            : PatchTotals(path, first, draws, device, activity));
        return new RivalRun(
            path, totals.Summarise(first.Estimator), PairedBrier.Compare(first.Totals, totals, first.Estimator), context);
    }

    /// <summary>Refuses runs that the estimator would score on different windows.</summary>
    /// <param name="rivals">Folders.</param>
    /// <param name="isDiscrete">Whether the run that they are compared with is discrete.</param>
    /// <param name="estimator">The estimator.</param>
    /// <exception cref="UsageException">One is discrete and the other is not, and the estimator is the published one.</exception>
    public static void RequireSameWindows(IEnumerable<string> rivals, bool isDiscrete, BrierEstimator estimator)
    {
        if (estimator == BrierEstimator.Published
            && rivals.FirstOrDefault(rival => TrainedArModel.Is(rival) != isDiscrete) is { } other)
        {
            throw new UsageException(
                $"--against {other}: --estimator published scores a discrete run at every token and one of patches at every "
                + "patch; leave it out to compare the two.");
        }
    }

    private static (BrierTotals Totals, int Context) DiscreteTotals(
        string path, ScoredRun first, Device device, Activity activity)
    {
        using TrainedArModel rival = TrainedArModel.Open(path, device);
        RequireSameText(path, first, rival, rival.PatchSize);
        ArEvaluator evaluator = new(rival.Model, device, rival.Corpus.Tokenizer, first.Estimator);
        return (evaluator.Measure(first.Windows, activity).Totals, rival.Description.Config.ArTraining.ContextTokens);
    }

    private static (BrierTotals Totals, int Context) PatchTotals(
        string path, ScoredRun first, int draws, Device device, Activity activity)
    {
        using TrainedModel rival = TrainedModel.Open(path, device);
        RequireSameText(path, first, rival, rival.Model.Config.PatchSize);
        RunConfig config = rival.Description.Config;
        return (
            new CalmEvaluator(rival.Model, device, first.Estimator, draws).Totals(first.Windows, activity),
            config.CalmTraining.ContextPatches * config.Calm.PatchSize);
    }

    private static void RequireSameText<TModel>(string path, ScoredRun first, TrainedRun<TModel> rival, int patchSize)
    {
        // An imported discrete model has no patches of its own.
        bool isFree = patchSize == 1 && rival.Description.ImportedFrom is not null;
        if (first.Windows.PatchSize != patchSize && !isFree)
        {
            throw new CalmException(
                $"--against {path}: has patches of {patchSize} tokens, the run that it is compared with of "
                + $"{first.Windows.PatchSize}; a paired test needs the same windows.");
        }

        if (first.Text.Tokenizer.Hash != rival.Tokenizer.Hash
            || (first.Text.IsHeldOut && !first.Text.Tokens.All().SequenceEqual(rival.Corpus.HeldOut.All())))
        {
            throw new CalmException(
                $"--against {path}: held-out text or tokenizer is not that of the run that it is compared with; "
                + "train both on one text.");
        }
    }
}
