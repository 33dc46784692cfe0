using Calm.Runtime;

namespace Calm.Training.Tests;

public sealed class BatchTemperatureTests
{
    private static readonly double[] P = [0.5, 0.25, 0.15, 0.07, 0.03];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(0.5, 2)]
    [InlineData(0.3333333, 3)]
    [InlineData(0.25, 4)]
    [InlineData(1.0 / 6, 6)]
    public void Reciprocals_of_whole_numbers_are_temperatures(double temperature, int agreement) =>
        Assert.Equal(agreement, BatchTemperature.Agreement(temperature));

    [Theory]
    [InlineData(0.7)]
    [InlineData(0)]
    [InlineData(-0.5)]
    [InlineData(1.5)]
    [InlineData(double.NaN)]
    public void Other_temperatures_are_refused(double temperature) =>
        Assert.Throws<UsageException>(() => BatchTemperature.Agreement(temperature));

    /// <summary>Chi-square at 1 % against the enumerated law, 100000 pools of a known distribution, fixed seed.</summary>
    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 6)]
    [InlineData(2, 20)]
    [InlineData(3, 6)]
    [InlineData(3, 20)]
    public void Choices_follow_the_enumerated_law(int agreement, int draws)
    {
        double[] law = BatchTemperatureLaw.Enumerate(P, agreement, draws);
        Assert.Equal(1, law.Sum(), 12);
        double chiSquare = ChiSquare(law, agreement, draws);
        const double critical = 13.277; // four degrees of freedom, 1 %
        Assert.True(chiSquare < critical, $"chi-square {chiSquare}");

        // The same choices against a law that is off by one in a hundred must be told apart.
        double[] biased = [law[0] - 0.01, law[1] + 0.01, .. law[2..]];
        Assert.True(ChiSquare(biased, agreement, draws) > critical);
    }

    [Fact]
    public void A_finite_pool_favours_the_likely_less_than_the_power_law()
    {
        double[] law = BatchTemperatureLaw.Enumerate(P, 2, 6);
        double power = P[0] * P[0] / P.Sum(p => p * p);
        Assert.True(law[0] < power);
        Assert.True(law[0] > P[0]);
    }

    [Fact]
    public void Ties_in_first_appearance_and_the_last_rounding_are_defined()
    {
        int[] pool = [7, 7, 1, 2, 7, 7, 1, 2];
        Assert.Equal(0, BatchTemperature.Choose(pool, 2, 2, 0.0));
        Assert.Equal(1, BatchTemperature.Choose(pool, 2, 2, 0.9999999));
        Assert.Equal(1, BatchTemperature.Choose(pool, 2, 2, 1.0)); // beyond the range: the last candidate
    }

    private static double ChiSquare(double[] law, int agreement, int draws)
    {
        const int pools = 100_000;
        int[] counts = new int[law.Length];
        RandomStream stream = new(2024, (uint)agreement, (uint)draws);
        int[] pool = new int[draws];
        ulong next = 0;
        for (int i = 0; i < pools; i++)
        {
            for (int k = 0; k < draws; k++)
            {
                pool[k] = Draw(stream.Uniform(next++));
            }

            counts[pool[BatchTemperature.Choose(pool, 1, agreement, stream.Uniform(next++))]]++;
        }

        double sum = 0;
        for (int i = 0; i < law.Length; i++)
        {
            double expected = pools * law[i];
            sum += Math.Pow(counts[i] - expected, 2) / expected;
        }

        return sum;
    }

    private static int Draw(float u)
    {
        double running = 0;
        for (int i = 0; i < P.Length; i++)
        {
            running += P[i];
            if (u < running)
            {
                return i;
            }
        }

        return P.Length - 1;
    }
}
