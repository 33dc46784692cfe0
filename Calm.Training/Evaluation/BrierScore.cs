using Calm.Runtime;

namespace Calm.Training;

/// <summary>The ways to combine the four scores into BrierLM.</summary>
internal enum BrierEstimator
{
    /// <summary>(product of max(brier_n, 0))^(1/4).</summary>
    Clamped,

    /// <summary>
    /// max(product of brier_n, 0)^(1/4), as in the published code. An even number of negative scores gives a positive product.
    /// </summary>
    Published,
}

/// <summary>
/// Brier-n: the expectation of 2 P(y) - sum over x of P(x)^2 for the next n tokens, estimated without probabilities from
/// draws: E_n(x1, y) + E_n(x2, y) - E_n(x1, x2), E_n being 1 where the first n tokens agree. Source: arXiv:2510.27688,
/// section 4.
/// </summary>
internal static class BrierScore
{
    /// <summary>The greatest n.</summary>
    public const int MostTokens = 4;

    /// <summary>Patches that a window of four tokens spans.</summary>
    /// <param name="patchSize">K.</param>
    public static int PatchesOfWindow(int patchSize) => (MostTokens + patchSize - 1) / patchSize;

    /// <summary>BrierLM, the geometric mean of the four scores.</summary>
    public static double Combine(ReadOnlySpan<double> brier, BrierEstimator estimator = BrierEstimator.Clamped)
    {
        double product = 1;
        foreach (double score in brier)
        {
            product *= estimator == BrierEstimator.Clamped ? Math.Max(score, 0) : score;
        }

        return Math.Pow(Math.Max(product, 0), 1.0 / MostTokens);
    }

    /// <summary>
    /// The four scores of one row from any number of draws: twice the share of draws that hit, minus the share of pairs
    /// that agree. With two draws this is the published estimate; with more it has the same expectation and less variance.
    /// </summary>
    /// <param name="draws">Tokens of each draw, [S, stride], S at least 2.</param>
    /// <param name="stride">Tokens from one draw to the next, at least <see cref="MostTokens"/>.</param>
    /// <param name="truth">The text's tokens, at least <see cref="MostTokens"/>.</param>
    /// <param name="scores">In and out, [4]: the scores are added.</param>
    public static void AddRow(ReadOnlySpan<int> draws, int stride, ReadOnlySpan<int> truth, Span<double> scores)
    {
        int count = draws.Length / stride;
        double hit = 2.0 / count;
        double pair = 2.0 / ((double)count * (count - 1));
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<int> draw = draws.Slice(i * stride, MostTokens);
            Add(scores, draw.CommonPrefixLength(truth[..MostTokens]), hit);
            for (int j = i + 1; j < count; j++)
            {
                Add(scores, draw.CommonPrefixLength(draws.Slice(j * stride, MostTokens)), -pair);
            }
        }
    }

    /// <summary>The published estimate over rows of two draws.</summary>
    /// <param name="first">First draws, [R, stride].</param>
    /// <param name="second">Second draws, [R, stride].</param>
    /// <param name="truth">The text's tokens, [R, stride].</param>
    /// <param name="stride">Tokens of a row, at least <see cref="MostTokens"/>.</param>
    /// <returns>Brier-1 to Brier-4.</returns>
    /// <exception cref="CalmException">There are no rows, or they are too short.</exception>
    public static double[] FromSamples(
        ReadOnlySpan<int> first, ReadOnlySpan<int> second, ReadOnlySpan<int> truth, int stride)
    {
        if (stride < MostTokens || truth.Length < stride || first.Length != truth.Length || second.Length != truth.Length)
        {
            throw new CalmException(
                $"Brier: {first.Length}, {second.Length} and {truth.Length} tokens in rows of {stride}; rows need at least "
                + $"{MostTokens} tokens, and all three as many.");
        }

        double[] scores = new double[MostTokens];
        int rows = truth.Length / stride;
        Span<int> pair = stackalloc int[2 * MostTokens];
        for (int row = 0; row < rows; row++)
        {
            first.Slice(row * stride, MostTokens).CopyTo(pair);
            second.Slice(row * stride, MostTokens).CopyTo(pair[MostTokens..]);
            AddRow(pair, MostTokens, truth.Slice(row * stride, MostTokens), scores);
        }

        return [.. scores.Select(score => score / rows)];
    }

    private static void Add(Span<double> scores, int agreeing, double weight)
    {
        for (int n = 0; n < agreeing; n++)
        {
            scores[n] += weight;
        }
    }
}
