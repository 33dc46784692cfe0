using Calm.Runtime;

namespace Calm.Training;

/// <summary>BrierLM of a model on held-out text.</summary>
/// <param name="model">The model.</param>
/// <param name="device">The device of its parameters.</param>
/// <param name="estimator">The way to combine the four scores.</param>
/// <param name="draws">Draws at each position: two as published, more for less variance.</param>
/// <param name="seed">Seed of the draws.</param>
internal sealed class CalmEvaluator(
    CalmModel model, Device device, BrierEstimator estimator, int draws = 8, ulong seed = CalmEvaluator.DefaultSeed)
{
    /// <summary>Seed of the draws of evaluations.</summary>
    public const ulong DefaultSeed = 99;

    private const int PositionsAtOnce = 512;

    /// <summary>Scores every window.</summary>
    /// <param name="windows">The windows.</param>
    /// <param name="progress">Receives the share that is done.</param>
    public BrierTotals.Result Measure(HeldOutWindows windows, IProgress<double>? progress = null) =>
        Totals(windows, progress).Summarise(estimator);

    /// <summary>Scores every window, by document.</summary>
    /// <param name="windows">The windows.</param>
    /// <param name="progress">Receives the share that is done.</param>
    /// <param name="curve">Receives the scores by their place; null for nobody.</param>
    /// <exception cref="CalmException">A window is too short for four tokens behind its first patch.</exception>
    public BrierTotals Totals(HeldOutWindows windows, IProgress<double>? progress = null, BrierCurve? curve = null)
    {
        int least = 1 + BrierScore.PatchesOfWindow(model.Config.PatchSize);
        if (windows.Patches < least)
        {
            throw new CalmException(
                $"BrierLM: sequences of {windows.Patches} patches of {model.Config.PatchSize} tokens are too short, "
                + $"at least {least} are needed; hold out more text, or raise calm_training.context_patches.");
        }

        BrierTotals totals = new();
        int count = estimator == BrierEstimator.Published ? 2 : draws;
        using BrierEvaluator evaluator = new(model, device, estimator, count);
        int together = Math.Max(1, PositionsAtOnce / windows.Patches);
        for (int window = 0; window < windows.Count; window += together)
        {
            int sequences = Math.Min(together, windows.Count - window);
            int first = window;
            evaluator.Score(
                windows.Read(window, sequences), sequences, new Noise(model.Config, seed, first, windows.Patches),
                (sequence, patch, scores) =>
                {
                    totals.Add(windows.Unit(first + sequence, patch), scores);
                    curve?.Add(patch, scores);
                });
            progress?.Report((double)(window + sequences) / windows.Count);
        }

        return totals;
    }

    /// <summary>Scores the counting baselines on the same windows.</summary>
    public static (BrierTotals.Result Unigram, BrierTotals.Result Bigram) MeasureBaselines(
        CountBaseline baseline, HeldOutWindows windows)
    {
        int patchSize = windows.PatchSize;
        BrierTotals unigram = new();
        BrierTotals bigram = new();
        for (int window = 0; window < windows.Count; window++)
        {
            int[] ids = windows.Read(window, 1);
            for (int patch = 1; (patch * patchSize) + BrierScore.MostTokens <= ids.Length; patch++)
            {
                ReadOnlySpan<int> truth = ids.AsSpan(patch * patchSize, BrierScore.MostTokens);
                (long, long) unit = windows.Unit(window, patch);
                unigram.Add(unit, baseline.ScoreUnigram(truth));
                bigram.Add(unit, baseline.ScoreBigram(ids[patch * patchSize - 1], truth));
            }
        }

        return (unigram.Summarise(), bigram.Summarise());
    }

    /// <summary>Noise addressed by window and position, so that scores do not depend on batching.</summary>
    private sealed class Noise(CalmConfig config, ulong seed, int firstWindow, int patches) : IBrierNoise
    {
        private const uint RollStream = 0x4556_0001;

        public Tensor Teacher(Tape tape, int positions, int draws)
        {
            int places = patches - 1;
            int[] rows = [.. Enumerable.Range(0, positions).Select(p => (firstWindow + p / places) * places + p % places)];
            return DrawNoise.Make(
                tape, config, tape.FromIntegers(rows, new Shape(positions)), draws, RandomStreams.EvaluationNoise(seed, 0));
        }

        public Tensor Roll(Tape tape, int start, int step, int sequences)
        {
            int[] rows = [.. Enumerable.Range(0, sequences).Select(s => (firstWindow + s) * patches + start)];
            RandomStream stream = new(seed, (uint)step, RollStream);
            return DrawNoise.Make(tape, config, tape.FromIntegers(rows, new Shape(sequences)), 2, stream);
        }
    }
}
