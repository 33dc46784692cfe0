namespace Calm.Training;

/// <summary>Brier scores summed by document, so that an interval can be made by drawing documents again.</summary>
internal sealed class BrierTotals
{
    private const int Resamples = 1000;

    private readonly SortedDictionary<long, (long Rows, double[] Sums)> _documents = [];

    /// <summary>The scores, and BrierLM with its interval.</summary>
    /// <param name="Brier">Brier-1 to Brier-4.</param>
    /// <param name="BrierLm">Their combination.</param>
    /// <param name="Low">Lower end of the 95 % interval of BrierLM.</param>
    /// <param name="High">Upper end.</param>
    /// <param name="Rows">Windows scored.</param>
    /// <param name="Documents">Documents they came from.</param>
    internal sealed record Result(double[] Brier, double BrierLm, double Low, double High, long Rows, int Documents)
    {
        /// <summary>The 95 % intervals of Brier-1 to Brier-4.</summary>
        public (double Low, double High)[] Intervals { get; init; } = [];
    }

    /// <summary>What the windows of a document have in sum.</summary>
    /// <param name="Document">The document.</param>
    /// <param name="Rows">Windows scored.</param>
    /// <param name="Sums">Their Brier-1 to Brier-4.</param>
    internal readonly record struct DocumentSums(long Document, long Rows, double[] Sums);

    /// <summary>The sums of all documents, in their order.</summary>
    public DocumentSums[] Documents() =>
        [.. _documents.Select(entry => new DocumentSums(entry.Key, entry.Value.Rows, entry.Value.Sums))];

    /// <summary>Adds the scores of one window.</summary>
    /// <param name="document">The document it lies in.</param>
    /// <param name="scores">Brier-1 to Brier-4 of this window.</param>
    public void Add(long document, ReadOnlySpan<double> scores)
    {
        (long rows, double[] sums) = _documents.TryGetValue(document, out (long, double[]) known)
            ? known
            : (0, new double[BrierScore.MostTokens]);
        for (int n = 0; n < sums.Length; n++)
        {
            sums[n] += scores[n];
        }

        _documents[document] = (rows + 1, sums);
    }

    /// <summary>The scores, with the 95 % percentile interval of BrierLM over resampled documents.</summary>
    /// <param name="estimator">How the four scores become one.</param>
    public Result Summarise(BrierEstimator estimator = BrierEstimator.Clamped)
    {
        (long Rows, double[] Sums)[] documents = [.. _documents.Values];
        double[] brier = Mean(documents);
        double[] resampled = new double[Resamples];
        double[][] resampledBrier = [.. brier.Select(_ => new double[Resamples])];
        Random random = new(12345);
        (long, double[])[] sample = new (long, double[])[documents.Length];
        for (int i = 0; i < Resamples; i++)
        {
            for (int k = 0; k < sample.Length; k++)
            {
                sample[k] = documents[random.Next(documents.Length)];
            }

            double[] mean = Mean(sample);
            resampled[i] = BrierScore.Combine(mean, estimator);
            for (int n = 0; n < mean.Length; n++)
            {
                resampledBrier[n][i] = mean[n];
            }
        }

        (double low, double high) = Interval(resampled);
        return new Result(
            brier, BrierScore.Combine(brier, estimator), low, high, documents.Sum(d => d.Rows), documents.Length)
        {
            Intervals = [.. resampledBrier.Select(Interval)],
        };
    }

    private static (double Low, double High) Interval(double[] resampled)
    {
        Array.Sort(resampled);
        return (resampled[(int)(0.025 * Resamples)], resampled[(int)(0.975 * Resamples) - 1]);
    }

    private static double[] Mean((long Rows, double[] Sums)[] documents)
    {
        double[] mean = new double[BrierScore.MostTokens];
        double rows = documents.Sum(d => d.Rows);
        for (int n = 0; n < mean.Length; n++)
        {
            mean[n] = documents.Sum(d => d.Sums[n]) / rows;
        }

        return mean;
    }
}
