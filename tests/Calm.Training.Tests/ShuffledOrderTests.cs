namespace Calm.Training.Tests;

public sealed class ShuffledOrderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(1000)]
    [InlineData(65537)]
    public void It_is_a_permutation(int count)
    {
        ShuffledOrder order = new(count, 1, 0);
        bool[] seen = new bool[count];
        for (int place = 0; place < count; place++)
        {
            Assert.False(seen[order[place]]);
            seen[order[place]] = true;
        }
    }

    [Fact]
    public void Seeds_and_epochs_give_other_orders_and_the_same_ones_the_same()
    {
        long[] Order(ulong seed, uint epoch) => Places(new ShuffledOrder(100, seed, epoch));
        Assert.Equal(Order(1, 2), Order(1, 2));
        Assert.NotEqual(Order(1, 2), Order(1, 3));
        Assert.NotEqual(Order(1, 2), Order(2, 2));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void All_orders_of_a_few_are_equally_likely(int count)
    {
        const int draws = 12_000;
        var orders = Enumerable.Range(0, draws)
            .CountBy(epoch => string.Join(' ', Places(new ShuffledOrder(count, 5, (uint)epoch))))
            .ToDictionary();
        int all = Enumerable.Range(1, count).Aggregate(1, (product, factor) => product * factor);
        double expected = (double)draws / all;
        double chiSquare = orders.Values.Sum(seen => (seen - expected) * (seen - expected) / expected);
        Assert.Equal(all, orders.Count);

        // Mean all - 1, variance twice that: six deviations above.
        Assert.InRange(chiSquare, 0, all - 1 + 6 * Math.Sqrt(2 * (all - 1)));
    }

    [Fact]
    public void Places_and_what_stands_there_are_unrelated()
    {
        const int count = 10_000;
        long[] values = Places(new ShuffledOrder(count, 3, 0));
        double mean = (count - 1) / 2.0;
        double variance = (count * (double)count - 1) / 12;
        double Correlation(int lag) => Enumerable.Range(0, count)
            .Average(place => (values[place] - mean) * (values[(place + lag) % count] - mean)) / variance;
        double withPlace = Enumerable.Range(0, count).Average(place => (place - mean) * (values[place] - mean)) / variance;

        // A correlation of unrelated numbers has a deviation of 1 / sqrt(count) = 0.01.
        Assert.InRange(withPlace, -0.05, 0.05);
        Assert.All(Enumerable.Range(1, 5), lag => Assert.InRange(Correlation(lag), -0.05, 0.05));
        Assert.InRange(Enumerable.Range(0, count).Count(place => values[place] == place), 0, 10);
    }

    [Fact]
    public void Huge_counts_and_wrong_places()
    {
        ShuffledOrder order = new(1L << 62, 1, 0);
        Assert.InRange(order[(1L << 62) - 1], 0, (1L << 62) - 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => order[1L << 62]);
        Assert.Throws<ArgumentOutOfRangeException>(() => order[-1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ShuffledOrder(0, 1, 0));
    }

    private static long[] Places(ShuffledOrder order) =>
        [.. Enumerable.Range(0, (int)order.Count).Select(place => order[place])];
}
