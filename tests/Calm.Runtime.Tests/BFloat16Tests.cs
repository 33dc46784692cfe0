namespace Calm.Runtime.Tests;

/// <summary>Rounding to bfloat16, one by one and many at once.</summary>
public sealed class BFloat16Tests
{
    [Theory]
    [InlineData(1f, 1f)]
    [InlineData(1.00390625f, 1f)] // half-way between 1 and 1 + 2^-7: to even
    [InlineData(1.01171875f, 1.015625f)] // half-way, the even one above
    [InlineData(1.0039064f, 1.0078125f)] // just above half-way
    [InlineData(-1.0039064f, -1.0078125f)]
    [InlineData(0f, 0f)]
    [InlineData(3.4e38f, float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity, float.NegativeInfinity)]
    [InlineData(float.NaN, float.NaN)]
    public void Rounds_to_nearest_ties_to_even(float value, float want) =>
        Assert.Equal(want, BFloat16.RoundToFloat(value));

    [Fact]
    public void Payload_that_rounding_would_carry_out_of_a_NaN_stays_a_NaN() =>
        Assert.True(float.IsNaN(BFloat16.RoundToFloat(BitConverter.UInt32BitsToSingle(0x7fffffff))));

    [Fact]
    public void Many_at_once_are_the_same()
    {
        float[] values = [.. Enumerable.Range(0, 4099).Select(i => BitConverter.UInt32BitsToSingle((uint)i * 1_047_997))];
        float[] want = [.. values.Select(BFloat16.RoundToFloat)];
        BFloat16.Round(values);
        Assert.Equal(
            want.Select(BitConverter.SingleToUInt32Bits), values.Select(BitConverter.SingleToUInt32Bits));
    }
}
