using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>Attention on the host with operands rounded to bfloat16.</summary>
public sealed class AttentionPrecisionTests
{
    [Theory]
    [InlineData(40, 40, 0)]
    [InlineData(5, 20, 12)]
    public void Results_and_gradients_are_those_of_rounded_operands(int queries, int keys, int start)
    {
        using HostDevice host = new(1) { Precision = Precision.BFloat16 };
        RoundedAttention.Check(
            host, new AttentionSizes(1, queries, keys, 4, 2, 10, start), RoundedAttention.FloatTolerance);
    }

    [Fact]
    public void A_cached_generation_gives_the_bits_of_the_whole_sequence()
    {
        const int positions = 24;
        const int columns = 4 * 8;
        using HostDevice host = new(1) { Precision = Precision.BFloat16 };
        using Tape tape = new(host, recording: false);
        float[] qkv = RoundedAttention.Normal(3, positions * columns);
        float[] whole = CausalAttention.Apply(tape, tape.From(qkv, new Shape(1, positions, columns)), 2, 1).ToArray();
        KeyValueCache cache = new(host.Persistent, 1, 1, 1, 8);
        List<float> parts = [];
        foreach (int count in (int[])[18, 1, 5])
        {
            float[] rows = qkv[(cache.Length * columns)..((cache.Length + count) * columns)];
            parts.AddRange(CausalAttention.ApplyCached(tape, tape.From(rows, new Shape(1, count, columns)), cache, 2).ToArray());
        }

        Assert.Equal(whole, parts);
    }
}
