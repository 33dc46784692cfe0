namespace Calm.Training;

/// <summary>
/// Brier scores by place in the context: how much a model gains from what stands before. Places are patches of a window from
/// 1 on, since the first patch is read, not predicted; they are put together in ranges that double.
/// </summary>
/// <param name="patches">Patches of a window.</param>
/// <param name="estimator">The way to combine the four scores.</param>
internal sealed class BrierCurve(int patches, BrierEstimator estimator)
{
    private readonly long[] _rows = new long[patches];
    private readonly double[] _sums = new double[patches * BrierScore.MostTokens];

    /// <summary>The scores of a range of places.</summary>
    /// <param name="First">The first place.</param>
    /// <param name="Last">The last.</param>
    /// <param name="Rows">Windows of four tokens that were scored.</param>
    /// <param name="Brier">Brier-1 to Brier-4.</param>
    /// <param name="BrierLm">Their combination.</param>
    internal sealed record Part(int First, int Last, long Rows, double[] Brier, double BrierLm);

    /// <summary>Adds the scores of one window of tokens.</summary>
    /// <param name="patch">The place of its first patch.</param>
    /// <param name="scores">Its Brier-1 to Brier-4.</param>
    public void Add(int patch, ReadOnlySpan<double> scores)
    {
        _rows[patch]++;
        for (int n = 0; n < scores.Length; n++)
        {
            _sums[patch * BrierScore.MostTokens + n] += scores[n];
        }
    }

    /// <summary>The ranges that have scores: 1, 2 to 3, 4 to 7 and so on.</summary>
    public IReadOnlyList<Part> Parts()
    {
        List<Part> parts = [];
        for (int first = 1; first < patches; first *= 2)
        {
            int last = Math.Min(2 * first, patches) - 1;
            if (PartOf(first, last) is { Rows: > 0 } part)
            {
                parts.Add(part);
            }
        }

        return parts;
    }

    private Part PartOf(int first, int last)
    {
        double[] brier = new double[BrierScore.MostTokens];
        long rows = 0;
        for (int patch = first; patch <= last; patch++)
        {
            rows += _rows[patch];
            for (int n = 0; n < brier.Length; n++)
            {
                brier[n] += _sums[patch * BrierScore.MostTokens + n];
            }
        }

        for (int n = 0; n < brier.Length; n++)
        {
            brier[n] /= Math.Max(1, rows);
        }

        return new Part(first, last, rows, brier, BrierScore.Combine(brier, estimator));
    }
}
