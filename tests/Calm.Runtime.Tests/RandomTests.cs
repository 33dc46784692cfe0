namespace Calm.Runtime.Tests;

public sealed unsafe class RandomTests
{
    /// <summary>Known answers published with the generator (Random123, kat_vectors).</summary>
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(
        0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu,
        0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(
        0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u,
        0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Philox_gives_its_published_answers(
        uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint w0, uint w1, uint w2, uint w3)
    {
        uint[] words = new uint[4];
        Philox.Block(c0, c1, c2, c3, k0, k1, words);
        Assert.Equal([w0, w1, w2, w3], words);
    }

    [Theory]
    [ClassData(typeof(EveryInstructionSet))]
    public void Runs_have_the_bits_of_their_definition_at_any_offset(InstructionSet set)
    {
        RandomStream stream = new(0x1234_5678_9abc_def0, 7, 3);
        foreach (ulong first in new ulong[] { 0, 1, 3, 4, 5, (1UL << 34) - 7 })
        {
            foreach (int count in new[] { 0, 1, 2, 3, 63, 64, 65, 300, 1025 })
            {
                float[] uniforms = Fill(set, stream, first, count, normal: false);
                float[] normals = Fill(set, stream, first, count, normal: true);
                for (int i = 0; i < count; i++)
                {
                    Assert.Equal(stream.Uniform(first + (ulong)i), uniforms[i]);
                    Assert.Equal(stream.Normal(first + (ulong)i), normals[i]);
                }
            }
        }
    }

    [Theory]
    [ClassData(typeof(EveryInstructionSet))]
    public void Normals_have_the_same_bits_on_every_width(InstructionSet set)
    {
        RandomStream stream = new(42, 1, 2);
        const int count = 1 << 20;
        float[] scalar = Fill(InstructionSet.Scalar, stream, 1, count, normal: true);
        float[] got = Fill(set, stream, 1, count, normal: true);
        Assert.True(scalar.AsSpan().SequenceEqual(got));
    }

    /// <summary>The bits of the table and of 2^20 draws, so that no machine and no compiler can change them unnoticed.</summary>
    [Fact]
    public void Normals_have_the_bits_they_always_had()
    {
        float[] draws = Fill(HostInstructions.Default, new RandomStream(42, 1, 2), 0, 1 << 20, normal: true);
        Assert.Equal("EBA8F1B13A9552CE", Hash(NormalTable.Values));
        Assert.Equal("3DC78BDC4C939AFD", Hash(draws));
    }

    [Fact]
    public void Normals_have_the_moments_and_the_distribution_of_a_normal()
    {
        float[] draws = Fill(HostInstructions.Default, new RandomStream(7, 0, 0), 0, 1 << 20, normal: true);
        double n = draws.Length;
        double mean = draws.Average(x => (double)x);
        double variance = draws.Average(x => (double)x * x) - mean * mean;
        double third = draws.Average(x => Math.Pow(x, 3));
        double fourth = draws.Average(x => Math.Pow(x, 4));

        // Four standard errors of each estimate.
        Assert.InRange(mean, -4 / Math.Sqrt(n), 4 / Math.Sqrt(n));
        Assert.InRange(variance, 1 - 4 * Math.Sqrt(2 / n), 1 + 4 * Math.Sqrt(2 / n));
        Assert.InRange(third, -4 * Math.Sqrt(15 / n), 4 * Math.Sqrt(15 / n));
        Assert.InRange(fourth, 3 - 4 * Math.Sqrt(96 / n), 3 + 4 * Math.Sqrt(96 / n));

        // Kolmogorov-Smirnov at 1 %.
        Array.Sort(draws);
        double worst = 0;
        for (int i = 0; i < draws.Length; i++)
        {
            double p = DistributionFunction(draws[i]);
            worst = Math.Max(worst, Math.Max(p - i / n, (i + 1) / n - p));
        }

        Assert.True(worst < 1.63 / Math.Sqrt(n), $"D = {worst}");
    }

    [Fact]
    public void Normal_quantile_is_accurate_into_the_tail()
    {
        float[] extremes = EvaluateBits([0x00000000u, 0x80000000u, 0x3fffffffu, 0x7fffffffu, 0x000000ffu]);
        // Upper tail quantiles of (m + 1/2) 2^-32, from tables of the normal distribution.
        Assert.Equal(6.337958f, extremes[0], 1e-4f);
        Assert.Equal(-extremes[0], extremes[1]);
        Assert.Equal(0.67449f, extremes[2], 1e-5f);
        Assert.Equal(0f, extremes[3], 1e-6f);
        Assert.Equal(5.295061f, extremes[4], 1e-4f);
    }

    [Fact]
    public void Normal_table_follows_the_quantile_in_every_segment()
    {
        List<uint> bits = [];
        for (double m = 0; m < int.MaxValue; m = m * 1.003 + 1)
        {
            bits.Add((uint)m);
        }

        float[] got = EvaluateBits([.. bits]);
        double worst = bits.Zip(got).Max(p =>
            Math.Abs(p.Second - NormalQuantile.UpperTail((p.First + 0.5) / 4294967296.0, 0)));
        Assert.True(worst < 1e-6, $"worst error {worst}");
    }

    private readonly struct FillJob(RandomStream stream, ulong first, float* target, int count, bool normal) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            if (normal)
            {
                RandomFill.Normals<TLanes>(stream, first, target, count);
            }
            else
            {
                RandomFill.Uniforms<TLanes>(stream, first, target, count);
            }
        }
    }

    private static float[] Fill(InstructionSet set, RandomStream stream, ulong first, int count, bool normal)
    {
        float[] target = new float[count + 1];
        target[count] = 12345f;
        using ThreadTeam team = new(1, set);
        fixed (float* pointer = target)
        {
            team.Run(1, new FillJob(stream, first, pointer, count, normal));
        }

        Assert.Equal(12345f, target[count]);
        return target[..count];
    }

    private static float[] EvaluateBits(uint[] bits)
    {
        float[] values = new float[bits.Length];
        fixed (float* pointer = values)
        {
            for (int i = 0; i < bits.Length; i++)
            {
                NormalTable.Evaluate(Lanes1.BroadcastBits(bits[i])).Store(pointer + i);
            }
        }

        return values;
    }

    private static string Hash(ReadOnlySpan<float> values) =>
        Convert.ToHexString(
            System.Security.Cryptography.SHA256.HashData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values)))[..16];

    // Phi by its series in double (Marsaglia 2004); good to 1e-15 within |x| < 7.
    private static double DistributionFunction(double x)
    {
        double sum = x;
        double term = x;
        for (int i = 3; Math.Abs(term) > 1e-17; i += 2)
        {
            term *= x * x / i;
            sum += term;
        }

        return 0.5 + sum * Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI);
    }
}
