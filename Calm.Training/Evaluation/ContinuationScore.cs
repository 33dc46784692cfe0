namespace Calm.Training;

/// <summary>Measures by which continuations of a text are ranked.</summary>
internal enum ContinuationMeasure
{
    /// <summary>Energy score of a patch's latent, the mean over patches; lower is better.</summary>
    Energy,

    /// <summary>Share of the tokens that draws have right up to the first wrong one of a patch; higher is better.</summary>
    Agreement,

    /// <summary>Mean log-probability of a token by a discrete model; higher is better.</summary>
    LogProbability,

    /// <summary>Mean log-probability of a token by bigram counts; higher is better.</summary>
    Bigram,
}

/// <summary>The score of a continuation by one measure.</summary>
/// <param name="Measure">The measure.</param>
/// <param name="Mean">The mean over units, with the interval of its draws if it is made of draws.</param>
/// <param name="Units">Number of patches or tokens that it is the mean of.</param>
internal readonly record struct ContinuationScore(ContinuationMeasure Measure, Estimate Mean, int Units)
{
    /// <summary>The sum over units.</summary>
    public double Sum => Mean.Value * Units;

    /// <summary>The mean, with its sign turned if lower is better.</summary>
    public double Goodness => Measure == ContinuationMeasure.Energy ? -Mean.Value : Mean.Value;

    /// <summary>Ranks from 1, the best; equal scores share the best of their places.</summary>
    /// <param name="goodness">Higher is better.</param>
    public static int[] Ranks(IReadOnlyList<double> goodness)
    {
        double[] sorted = [.. goodness.Order()];
        return [.. goodness.Select(value => 1 + sorted.Length - Above(sorted, value))];
    }

    /// <summary>Number of sorted values that are not above one.</summary>
    private static int Above(double[] sorted, double value)
    {
        int low = 0;
        for (int high = sorted.Length; low < high;)
        {
            int middle = (low + high) / 2;
            (low, high) = sorted[middle] <= value ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}

/// <summary>
/// Scores continuations of a prompt. A score depends on prompt and continuation alone, not on what was scored before.
/// </summary>
internal interface IContinuationScorer : IDisposable
{
    /// <summary>The measures, the most important first.</summary>
    IReadOnlyList<ContinuationMeasure> Measures { get; }

    /// <summary>Fewest tokens of a continuation of the prompt that can be scored.</summary>
    int FewestTokens { get; }

    /// <summary>Reads the prompt of the continuations that follow.</summary>
    /// <param name="ids">Its tokens; may be none.</param>
    /// <param name="trial">Trials of other numbers have other draws.</param>
    void Read(ReadOnlySpan<int> ids, uint trial = 0);

    /// <summary>Scores a continuation by each measure.</summary>
    /// <param name="ids">Its tokens.</param>
    /// <param name="ends">Whether the document ends with it.</param>
    /// <exception cref="ArgumentException">There are fewer than <see cref="FewestTokens"/>.</exception>
    ContinuationScore[] Score(ReadOnlySpan<int> ids, bool ends = false);
}
