using Calm.Runtime;

namespace Calm.Training;

/// <summary>An estimate with the ends of its 95 % interval.</summary>
/// <param name="Value">The estimate.</param>
/// <param name="Low">Lower end; NaN where there is no interval.</param>
/// <param name="High">Upper end.</param>
internal readonly record struct Estimate(double Value, double Low, double High)
{
    /// <summary>Whether it has an interval.</summary>
    public bool HasInterval => double.IsFinite(Low) && double.IsFinite(High);

    /// <summary>Whether both have intervals, and these share a number.</summary>
    public bool Overlaps(Estimate other) =>
        HasInterval && other.HasInterval && Low <= other.High && other.Low <= High;

    /// <summary>The same in another unit.</summary>
    public Estimate Times(double factor) => new(factor * Value, factor * Low, factor * High);

    /// <summary>Adds it to values by name, and the ends of its interval, if it has one, as nameLow and nameHigh.</summary>
    public void AddTo(Dictionary<string, double> values, string name)
    {
        values[name] = Value;
        if (HasInterval)
        {
            values[name + "Low"] = Low;
            values[name + "High"] = High;
        }
    }
}

/// <summary>Correlations and their intervals, from the definitions.</summary>
internal static class Statistics
{
    // The 0.975 quantile of the normal distribution.
    private const double Normal975 = 1.959963984540054;
    private const double Tail = 0.025;

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
            return new Estimate(correlation, double.NaN, double.NaN);
        }

        double z = Math.Atanh(correlation);
        double half = Normal975 / Math.Sqrt(points - 3);
        return new Estimate(correlation, Math.Tanh(z - half), Math.Tanh(z + half));
    }

    /// <summary>
    /// A statistic of n items with its 95 % percentile interval over resamples of the items, with replacement. Resamples for
    /// which it is not a number do not count; no interval if fewer than half of them count, nor of a single item.
    /// </summary>
    /// <param name="items">n.</param>
    /// <param name="statistic">Of the items with these numbers, which may repeat.</param>
    /// <param name="random">Which items are drawn.</param>
    /// <param name="resamples">How often.</param>
    public static Estimate Bootstrap(int items, Func<int[], double> statistic, RandomStream random, int resamples = 1000)
    {
        double value = statistic([.. Enumerable.Range(0, items)]);
        List<double> found = [];
        int[] drawn = new int[items];
        for (int i = 0; i < resamples && items > 1; i++)
        {
            for (int k = 0; k < items; k++)
            {
                drawn[k] = (int)(random.Uniform((ulong)i * (ulong)items + (ulong)k) * items);
            }

            if (statistic(drawn) is double one && double.IsFinite(one))
            {
                found.Add(one);
            }
        }

        found.Sort();
        return found.Count * 2 < resamples
            ? new Estimate(value, double.NaN, double.NaN)
            : new Estimate(value, found[(int)(Tail * found.Count)], found[Math.Max(0, (int)((1 - Tail) * found.Count) - 1)]);
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
