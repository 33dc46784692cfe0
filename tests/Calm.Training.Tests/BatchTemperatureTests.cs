using Calm.Kernels;
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

    /// <summary>1 / 0.1666667 is 1.2e-6 off 6: no sampler takes it for 6, and exact has its own power for it.</summary>
    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(0.3333333, 3, true)]
    [InlineData(0.33333333, 3, true)]
    [InlineData(0.333333, 3, false)]
    [InlineData(0.16666667, 6, true)]
    [InlineData(0.1666667, 5, false)]
    [InlineData(0.0999999999, 10, true)]
    [InlineData(0.7, 1, false)]
    public void One_rule_says_whether_a_temperature_is_a_reciprocal(double temperature, int whole, bool isWhole)
    {
        InverseTemperature inverse = InverseTemperature.Of(temperature)!.Value;
        Assert.Equal(whole, inverse.Whole);
        Assert.Equal(isWhole, inverse.IsWhole);
        Assert.Equal(1 / temperature, inverse.Whole + inverse.Fraction, 1e-6);
        Assert.Equal(isWhole, BatchTemperature.IsReciprocal(temperature));
        (_, double firstStage, double trial) = ExactTemperature.Enumerate([0.5, 0.5], temperature);
        Assert.Equal(isWhole, firstStage == trial);
    }

    [Theory]
    [InlineData(0.7)]
    [InlineData(0.1666667)]
    [InlineData(0)]
    [InlineData(-0.5)]
    [InlineData(1.5)]
    [InlineData(double.NaN)]
    public void Other_temperatures_are_refused(double temperature) =>
        Assert.Throws<SettingException>(() => BatchTemperature.Agreement(temperature));

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
        Assert.Equal(0, CandidateChoice.Choose(pool, 2, 2, 0.0));
        Assert.Equal(1, CandidateChoice.Choose(pool, 2, 2, 0.9999999));
        Assert.Equal(1, CandidateChoice.Choose(pool, 2, 2, 1.0)); // beyond the range: the last candidate
    }
}
