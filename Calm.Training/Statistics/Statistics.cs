using Calm.Runtime;

namespace Calm.Training;

/// <summary>Correlations and their intervals, from the definitions.</summary>
internal static class Statistics
{
    /// <summary>The 0.975 quantile of the normal distribution.</summary>
    public const double Normal975 = 1.959963984540054;

    /// <summary>
    /// Pearson's correlation: the covariance over both deviations. NaN for fewer than two points and where one side is
    /// constant.
    /// </summary>
    public static double Pearson(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Require(x.Length, y.Length);
        double meanX = Mean(x);
        double meanY = Mean(y);
        double xx = 0;
        double yy = 0;
        double xy = 0;
        for (int i = 0; i < x.Length; i++)
        {
            xx += (x[i] - meanX) * (x[i] - meanX);
            yy += (y[i] - meanY) * (y[i] - meanY);
            xy += (x[i] - meanX) * (y[i] - meanY);
        }

        return xx > 0 && yy > 0 ? Math.Clamp(xy / (Math.Sqrt(xx) * Math.Sqrt(yy)), -1, 1) : double.NaN;
    }

    /// <summary>Spearman's correlation: Pearson's of the ranks.</summary>
    public static double Spearman(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Require(x.Length, y.Length);
        return Pearson(Ranks(x), Ranks(y));
    }

    /// <summary>Ranks from 1; equal values share the mean of their places.</summary>
    public static double[] Ranks(ReadOnlySpan<double> values)
    {
        double[] sorted = values.ToArray();
        int[] places = [.. Enumerable.Range(0, sorted.Length)];
        Array.Sort(sorted, places);
        double[] ranks = new double[sorted.Length];
        for (int first = 0; first < sorted.Length;)
        {
            int end = first;
            while (end < sorted.Length && sorted[end] == sorted[first])
            {
                end++;
            }

            for (int i = first; i < end; i++)
            {
                ranks[places[i]] = (first + 1 + end) / 2.0;
            }

            first = end;
        }

        return ranks;
    }

    /// <summary>
    /// A correlation of n independent points with its 95 % interval: atanh r is about normal with variance 1 / (n - 3). No
    /// interval for fewer than four points. Source: Fisher 1921.
    /// </summary>
    public static Estimate FisherInterval(double correlation, int points)
    {
        if (points < 4 || !double.IsFinite(correlation))
        {
            return Estimate.Exact(correlation);
        }

        double z = Math.Atanh(correlation);
        double half = Normal975 / Math.Sqrt(points - 3);
        return new Estimate(correlation, Math.Tanh(z - half), Math.Tanh(z + half));
    }

    private static double Mean(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }

        return sum / values.Length;
    }

    private static void Require(int x, int y)
    {
        if (x != y)
        {
            throw new CalmException($"correlation: {x} values beside {y}; it needs pairs.");
        }
    }
}
