using Calm.Runtime;

namespace Calm.Training;

/// <summary>Another run's score on the windows of the first, and how the first differs from it.</summary>
/// <param name="Run">Its folder.</param>
/// <param name="Score">Its score.</param>
/// <param name="Pair">The first's BrierLM minus its own.</param>
internal sealed record RivalRun(string Run, BrierTotals.Result Score, PairedBrier.Result Pair)
{
    /// <summary>Scores a language model's run.</summary>
    /// <param name="path">Its folder.</param>
    /// <param name="first">The run that it is compared with.</param>
    /// <param name="windows">The windows that <paramref name="totals"/> came from; the rival is scored on the same.</param>
    /// <param name="totals">Scores of the first run.</param>
    /// <param name="measure">Scores a model on windows.</param>
    /// <param name="estimator">How the four scores become one.</param>
    /// <param name="device">Where it is scored.</param>
    /// <exception cref="CalmException">Its held-out text or its patches are others.</exception>
    public static RivalRun Measure(
        string path, TrainedModel first, HeldOutWindows windows, BrierTotals totals,
        Func<CalmModel, HeldOutWindows, BrierTotals> measure, BrierEstimator estimator, Device device)
    {
        using TrainedModel rival = TrainedModel.Open(path, device);
        RequireSameText(path, first.Corpus, rival.Corpus);
        BrierTotals scores = measure(rival.Model, windows);
        return new RivalRun(path, scores.Summarise(estimator), PairedBrier.Compare(totals, scores, estimator));
    }

    private static void RequireSameText(string path, Corpus first, Corpus rival)
    {
        if (first.HeldOut.PatchSize != rival.HeldOut.PatchSize)
        {
            throw new CalmException(
                $"--against {path}: has patches of {rival.HeldOut.PatchSize} tokens, the run that it is compared with of "
                + $"{first.HeldOut.PatchSize}; a paired test needs the same windows.");
        }

        if (first.Tokenizer.Hash != rival.Tokenizer.Hash || !first.HeldOut.All().SequenceEqual(rival.HeldOut.All()))
        {
            throw new CalmException(
                $"--against {path}: held-out text or tokenizer is not that of the run that it is compared with; "
                + "train both on one text.");
        }
    }
}
