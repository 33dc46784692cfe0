using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// 95 % percentile intervals of statistics of n items, from resamples of the items with replacement. The draws depend on
/// the random stream alone. Source: Efron and Tibshirani 1993, "An introduction to the bootstrap", chapter 13.
/// </summary>
internal static class Bootstrap
{
    private const double Tail = 0.025;
    private const int DefaultResamples = 1000;

    /// <summary>A statistic with its interval.</summary>
    /// <param name="items">n.</param>
    /// <param name="random">Draws the items.</param>
    /// <param name="statistic">The statistic of the items with the given numbers, which may repeat.</param>
    /// <param name="resamples">Number of resamples.</param>
    public static Estimate Estimate(
        int items, RandomStream random, Func<int[], double> statistic, int resamples = DefaultResamples) =>
        Estimates(items, random, drawn => [statistic(drawn)], resamples)[0];

    /// <summary>Several statistics with their intervals, from the same resamples.</summary>
    /// <inheritdoc cref="Estimate"/>
    public static Estimate[] Estimates(
        int items, RandomStream random, Func<int[], double[]> statistics, int resamples = DefaultResamples)
    {
        double[] values = statistics([.. Enumerable.Range(0, items)]);
        double[][] resampled = Resample(items, random, statistics, resamples);
        return [.. values.Select((value, i) => Interval(value, resampled.Select(one => one[i])))];
    }

    /// <summary>The statistics of each resample. There are no resamples of fewer than two items.</summary>
    /// <inheritdoc cref="Estimate"/>
    public static double[][] Resample(int items, RandomStream random, Func<int[], double[]> statistics, int resamples)
    {
        double[][] resampled = new double[items > 1 ? resamples : 0][];
        int[] drawn = new int[items];
        for (int i = 0; i < resampled.Length; i++)
        {
            Draw(drawn, random, (ulong)i * (ulong)items);
            resampled[i] = statistics(drawn);
        }

        return resampled;
    }

    /// <summary>
    /// A value with the percentile interval of its resamples. Those that are not numbers do not count; there is no interval
    /// if fewer than half of them count.
    /// </summary>
    public static Estimate Interval(double value, IEnumerable<double> resampled)
    {
        double[] all = [.. resampled];
        double[] found = [.. all.Where(double.IsFinite).Order()];
        return found.Length == 0 || found.Length * 2 < all.Length
            ? Training.Estimate.Exact(value)
            : new Estimate(value, found[(int)(Tail * found.Length)], found[Math.Max(0, (int)((1 - Tail) * found.Length) - 1)]);
    }

    /// <summary>Draws as many items as there are, each by the high bits of a word.</summary>
    private static void Draw(int[] drawn, RandomStream random, ulong first)
    {
        Span<uint> words = stackalloc uint[4];
        for (int k = 0; k < drawn.Length; k++)
        {
            ulong index = first + (ulong)k;
            if (k == 0 || index % 4 == 0)
            {
                Philox.Block(random, index / 4, words);
            }

            drawn[k] = (int)(words[(int)(index % 4)] * (ulong)drawn.Length >> 32);
        }
    }
}
