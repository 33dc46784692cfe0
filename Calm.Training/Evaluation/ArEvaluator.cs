using Calm.Runtime;

namespace Calm.Training;

/// <summary>Scores of a discrete model on held-out text.</summary>
/// <param name="CrossEntropy">Exact, in nats a token.</param>
/// <param name="BitsPerByte">Cross-entropy in bits per byte of the text.</param>
/// <param name="Tokens">Tokens predicted.</param>
/// <param name="Totals">Brier scores, by document.</param>
/// <param name="Brier">Their summary.</param>
internal sealed record ArMeasure(
    double CrossEntropy, double BitsPerByte, long Tokens, BrierTotals Totals, BrierTotals.Result Brier)
{
    /// <summary>exp(cross-entropy).</summary>
    public double Perplexity => Math.Exp(CrossEntropy);
}

/// <summary>
/// Scores a discrete model on the windows on which a CALM model is scored. The clamped estimator scores those that begin
/// with a patch of the text, the published estimator those at every token.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="device">The device of its parameters.</param>
/// <param name="tokenizer">The tokenizer, for the number of bytes of a token.</param>
/// <param name="estimator">The estimator of collisions, and the way to combine the four scores.</param>
/// <param name="seed">Seed of the roll-outs.</param>
internal sealed class ArEvaluator(
    ArModel model, Device device, ITokenizer tokenizer, BrierEstimator estimator = BrierEstimator.Clamped,
    ulong seed = CalmEvaluator.DefaultSeed)
{
    private const int TokensAtOnce = 2048;

    /// <summary>Scores every window.</summary>
    /// <param name="windows">The windows.</param>
    /// <param name="progress">Receives the share that is done.</param>
    /// <param name="curve">Receives the scores by their place in patches; null for nobody.</param>
    /// <exception cref="CalmException">The text is too short for a window of four tokens.</exception>
    public ArMeasure Measure(HeldOutWindows windows, IProgress<double>? progress = null, BrierCurve? curve = null)
    {
        int patchSize = windows.PatchSize;
        int length = windows.Patches * patchSize;
        int stride = estimator == BrierEstimator.Published ? 1 : patchSize;
        if (length < stride + BrierScore.MostTokens)
        {
            throw new CalmException(
                $"held-out text: windows of {length} tokens are shorter than the {stride + BrierScore.MostTokens} that Brier "
                + "scores need; give more text.");
        }

        BrierTotals totals = new();
        using ArBrierEvaluator evaluator = new(model, device, estimator);
        int together = Math.Max(1, TokensAtOnce / length);
        (double nats, long bytes, long tokens) = (0, 0, 0);
        for (int window = 0; window < windows.Count; window += together)
        {
            int sequences = Math.Min(together, windows.Count - window);
            int first = window;
            int[] ids = windows.Read(window, sequences);
            double[] logProbabilities = evaluator.Score(
                ids, sequences, stride, new Uniforms(seed, first, length),
                (sequence, token, scores) =>
                {
                    totals.Add(windows.Unit(first + sequence, token / patchSize), scores);
                    curve?.Add(token / patchSize, scores);
                });
            progress?.Report((double)(window + sequences) / windows.Count);
            nats -= logProbabilities.Sum();
            tokens += logProbabilities.Length;
            bytes += ids.Where((_, i) => i % length != 0).Sum(id => (long)tokenizer.BytesOf(id).Length);
        }

        return new ArMeasure(
            nats / tokens, nats / Math.Log(2) / Math.Max(1, bytes), tokens, totals,
            totals.Summarise(estimator));
    }

    /// <summary>Random numbers addressed by window and position, so that scores do not depend on batching.</summary>
    private sealed class Uniforms(ulong seed, int firstWindow, int length) : IArUniforms
    {
        public double At(int start, int step, int draw, int sequence) =>
            RandomStreams.ArRollOut(seed, (uint)step).Uniform(
                ((ulong)(firstWindow + sequence) * (ulong)length + (ulong)start) * 2 + (ulong)draw);
    }
}
