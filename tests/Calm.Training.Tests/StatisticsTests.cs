using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>Correlations and intervals against values known from elsewhere.</summary>
public sealed class StatisticsTests
{
    // Anscombe 1973, "Graphs in Statistical Analysis", the first set: r = 0.81642.
    private static readonly double[] X = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
    private static readonly double[] Y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];

    [Fact]
    public void Pearson_is_that_of_Anscombes_quartet()
    {
        Assert.Equal(0.81642, Statistics.Pearson(X, Y), 5);
        Assert.Equal(-1, Statistics.Pearson([1, 2, 3], [9, 7, 5]), 12);
        Assert.True(double.IsNaN(Statistics.Pearson([1, 2, 3], [4, 4, 4])));
    }

    [Fact]
    public void Spearman_depends_on_order_alone_and_shares_ranks_of_ties()
    {
        Assert.Equal(1, Statistics.Spearman([1, 2, 3, 4], [1, 10, 11, 1000]), 12);
        Assert.Equal([2.5, 1, 2.5, 4], Statistics.Ranks([7, 3, 7, 9]));

        // 1 - 6 sum d^2 / (n (n^2 - 1)) without ties; ten ranks are off by one.
        Assert.Equal(1 - 6 * 10.0 / (11 * 120), Statistics.Spearman(X, Exchanged(X)), 12);
    }

    [Fact]
    public void Fishers_interval_is_the_published_one()
    {
        // atanh(0.81642) = 1.14595; 1.95996 / sqrt(8) = 0.69295.
        Estimate found = Statistics.FisherInterval(0.81642, 11);
        Assert.Equal(0.4244, found.Low, 3);
        Assert.Equal(0.9507, found.High, 3);
        Assert.False(Statistics.FisherInterval(0.9, 3).HasInterval);
    }

    [Fact]
    public void Bootstrap_of_a_mean_has_its_standard_error()
    {
        double[] values = [.. Enumerable.Range(0, 400).Select(i => (double)new RandomStream(5, 0, 99).Normal((ulong)i))];
        Estimate mean = Bootstrap.Estimate(
            values.Length, RandomStreams.Bootstrap(1), drawn => drawn.Average(i => values[i]), resamples: 4000);
        Assert.Equal(values.Average(), mean.Value, 12);
        double average = values.Average();
        double deviation = Math.Sqrt(values.Sum(v => (v - average) * (v - average)) / values.Length);
        double expected = 2 * 1.96 * deviation / Math.Sqrt(values.Length);
        Assert.InRange(mean.High - mean.Low, 0.93 * expected, 1.07 * expected);
        Assert.InRange(mean.Value, mean.Low, mean.High);
    }

    [Fact]
    public void Bootstrap_says_where_there_is_no_interval()
    {
        Estimate none = Bootstrap.Estimate(
            3, RandomStreams.Bootstrap(1),
            drawn => Statistics.Pearson([.. drawn.Select(_ => 1.0)], [.. drawn.Select(i => (double)i)]));
        Assert.False(none.HasInterval);
    }

    /// <summary>Ranks, of which neighbours are exchanged: 1 and 2, 3 and 4, ..., 9 and 10.</summary>
    private static double[] Exchanged(double[] values)
    {
        double[] ranks = Statistics.Ranks(values);
        return [.. ranks.Select(rank => rank > 10 ? rank : rank % 2 == 1 ? rank + 1 : rank - 1)];
    }
}
