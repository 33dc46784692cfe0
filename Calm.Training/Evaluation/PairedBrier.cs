using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Tests whether one model's BrierLM is better than another's on the same documents, by a paired bootstrap. Each resample
/// draws documents, or pieces if documents are few, and both models are scored on it. The difficulty of documents, which
/// both models share, cancels out.
/// Source: Efron and Tibshirani 1993, "An introduction to the bootstrap", chapters 13 and 16.
/// </summary>
internal static class PairedBrier
{
    private const int Resamples = 2000;

    /// <summary>BrierLM of the first minus BrierLM of the second.</summary>
    /// <param name="Difference">On all documents.</param>
    /// <param name="Low">Lower end of its 95 % percentile interval; NaN, as all that follows, with nothing to draw.</param>
    /// <param name="High">Upper end.</param>
    /// <param name="PValue">
    /// Two-sided: twice the share of resamples on the other side of no difference, at least 2 / (resamples + 1). Below 0.05
    /// where the interval does not hold 0.
    /// </param>
    /// <param name="Units">Number of documents or pieces. One unit cannot be resampled.</param>
    internal sealed record Result(double Difference, double Low, double High, double PValue, int Units)
    {
        /// <summary>The interval for JSON; null if there is none.</summary>
        public double[]? Interval => HasTest ? [Low, High] : null;

        /// <summary>Whether there is an interval and a p.</summary>
        public bool HasTest => double.IsFinite(PValue);
    }

    /// <summary>Compares two models.</summary>
    /// <param name="first">Scores of the first, by document.</param>
    /// <param name="second">Scores of the second, of the same documents.</param>
    /// <param name="estimator">The way to combine the four scores.</param>
    /// <exception cref="CalmException">The documents, or the numbers of their windows, are not the same.</exception>
    public static Result Compare(
        BrierTotals first, BrierTotals second, BrierEstimator estimator = BrierEstimator.Clamped)
    {
        BrierTotals.UnitSums[] a = first.Units();
        BrierTotals.UnitSums[] b = second.Units();
        if (a.Length == 0 || !a.Select(sums => (sums.Unit, sums.Rows)).SequenceEqual(b.Select(sums => (sums.Unit, sums.Rows))))
        {
            throw new CalmException(
                $"Brier: {a.Sum(d => d.Rows)} windows of {a.Length} documents and {b.Sum(d => d.Rows)} of {b.Length} that are "
                + "not the same; a paired test needs both models' scores of the same text.");
        }

        double Difference(int[] drawn) => Score(a, drawn, estimator) - Score(b, drawn, estimator);
        double difference = Difference([.. Enumerable.Range(0, a.Length)]);
        double[] resampled =
        [
            .. Bootstrap.Resample(
                a.Length, RandomStreams.Bootstrap(BrierTotals.Seed, 4), drawn => [Difference(drawn)], Resamples)
                .Select(values => values[0]),
        ];
        if (resampled.Length == 0)
        {
            return new Result(difference, double.NaN, double.NaN, double.NaN, a.Length);
        }

        int above = resampled.Count(d => d >= 0);
        int below = resampled.Count(d => d <= 0);
        Estimate interval = Bootstrap.Interval(difference, resampled);
        return new Result(
            difference, interval.Low, interval.High,
            Math.Min(1, 2 * (Math.Min(above, below) + 1.0) / (Resamples + 1)), a.Length);
    }

    private static double Score(BrierTotals.UnitSums[] units, int[] drawn, BrierEstimator estimator) =>
        BrierScore.Combine(BrierTotals.Mean(units, drawn), estimator);
}
