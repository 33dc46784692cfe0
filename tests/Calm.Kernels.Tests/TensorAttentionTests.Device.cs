using Calm.Runtime;
using Calm.Tests;

namespace Calm.Kernels.Tests;

/// <summary>Attention on tensor cores, which the emulator has: that of rounded operands, at every edge of a tile.</summary>
[Collection("devices")]
[Trait("tier", "emulator")] // whatever CALM_TEST_DEVICES names
public sealed class TensorAttentionTests(TestDevices devices)
{
    // Weights, or gradients of scores, are rounded to 8 bits: each term is off by at most 2^-9 of itself. Terms are of both
    // signs, so that a sum may be several times smaller than its terms, but not the greatest sum of a tensor.
    private const double Tolerance = 1.0 / 128;

    public static TheoryData<int, int, int, int, int, int> Shapes() => new()
    {
        // Queries, keys, start, query heads, key heads, head size.
        { 17, 17, 0, 1, 1, 16 },
        { 63, 63, 0, 1, 1, 32 },
        { 65, 65, 0, 2, 1, 32 },
        { 20, 70, 45, 2, 1, 40 },
        { 80, 80, 0, 1, 1, 64 },
        { 18, 66, 48, 1, 1, 128 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Results_and_gradients_are_those_of_rounded_operands(
        int queries, int keys, int start, int queryHeads, int keyValueHeads, int headSize)
    {
        AttentionSizes sizes = new(1, queries, keys, queryHeads, keyValueHeads, headSize, start);
        IlgpuDevice gpu = (IlgpuDevice)devices["emulated"];
        Assert.True(gpu.HasTensorCores);
        gpu.Precision = Precision.BFloat16;
        RoundedAttention.Check(gpu, sizes, Tolerance);
    }

    [Theory]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(128)]
    public void A_query_with_one_key_has_no_gradient(int headSize)
    {
        IlgpuDevice gpu = (IlgpuDevice)devices["emulated"];
        gpu.Precision = Precision.BFloat16;
        float[] one = OneKey.Gradient(gpu, positions: 1, headSize);
        Assert.All(one[..(2 * headSize)], element => Assert.Equal(0, element));
        float[] first = OneKey.Gradient(gpu, positions: 21, headSize);
        Assert.All(first[..headSize], element => Assert.Equal(0, element));
    }

    [Fact]
    public void Bits_repeat_and_a_fused_projection_gives_those_of_separate_operands()
    {
        const int positions = 33;
        const int size = 16;
        IlgpuDevice gpu = (IlgpuDevice)devices["emulated"];
        gpu.Precision = Precision.BFloat16;
        (float[] Y, float[] Gradient) fused = Fused();
        (float[] Y, float[] Gradient) again = Fused();
        Assert.Equal(fused.Y, again.Y);
        Assert.Equal(fused.Gradient, again.Gradient);

        using Tape tape = new(gpu);
        float[] all = RoundedAttention.Normal(1, positions * 3 * size);
        Tensor[] parts = [.. Enumerable.Range(0, 3).Select(part => tape.From(Part(all, part), new Shape(1, positions, size)))];
        Array.ForEach(parts, part => part.RequiresGradient = true);
        Tensor y = CausalAttention.Apply(tape, parts[0], parts[1], parts[2], 1, 1);
        y.SetGradient(tape.From(RoundedAttention.Normal(2, positions * size), y.Shape));
        tape.Backward();
        Assert.Equal(fused.Y, y.ToArray());
        for (int part = 0; part < 3; part++)
        {
            Assert.Equal(Part(fused.Gradient, part), parts[part].Gradient!.ToArray());
        }

        (float[] Y, float[] Gradient) Fused()
        {
            using Tape step = new(gpu);
            Tensor qkv = step.From(RoundedAttention.Normal(1, positions * 3 * size), new Shape(1, positions, 3 * size));
            qkv.RequiresGradient = true;
            Tensor result = CausalAttention.Apply(step, qkv, 1, 1);
            result.SetGradient(step.From(RoundedAttention.Normal(2, positions * size), result.Shape));
            step.Backward();
            return (result.ToArray(), qkv.Gradient!.ToArray());
        }

        static float[] Part(float[] rows, int part) =>
            [.. Enumerable.Range(0, positions * size).Select(i => rows[i / size * 3 * size + part * size + i % size])];
    }

    public static TheoryData<string> Devices() => [.. TestDevices.Names];

    [Theory]
    [MemberData(nameof(Devices))]
    public void Few_queries_and_wide_heads_have_rounded_operands_without_tensor_cores(string deviceName)
    {
        Device gpu = devices[deviceName];
        gpu.Precision = Precision.BFloat16;
        RoundedAttention.Check(gpu, new AttentionSizes(1, 5, 9, 2, 1, 10, 3), RoundedAttention.FloatTolerance);
        RoundedAttention.Check(gpu, new AttentionSizes(1, 18, 18, 1, 1, 130, 0), RoundedAttention.FloatTolerance);
    }

    [Fact]
    public void A_cached_generation_gives_the_whole_sequence_to_the_rounding_of_weights()
    {
        const int positions = 24;
        const int columns = 4 * 8;
        IlgpuDevice gpu = (IlgpuDevice)devices["emulated"];
        gpu.Precision = Precision.BFloat16;
        using Tape tape = new(gpu, recording: false);
        float[] qkv = RoundedAttention.Normal(3, positions * columns);
        float[] whole = CausalAttention.Apply(tape, tape.From(qkv, new Shape(1, positions, columns)), 2, 1).ToArray();
        KeyValueCache cache = new(gpu.Persistent, 1, 1, 1, 8);
        List<float> parts = [];
        foreach (int count in (int[])[18, 1, 5])
        {
            float[] rows = qkv[(cache.Length * columns)..((cache.Length + count) * columns)];
            parts.AddRange(CausalAttention.ApplyCached(tape, tape.From(rows, new Shape(1, count, columns)), cache, 2).ToArray());
        }

        Assert.All(whole.Zip(parts), pair => Assert.Equal(pair.First, pair.Second, (float)Tolerance));
    }
}
