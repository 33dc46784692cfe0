using Calm.Runtime;
using Calm.Tests;

namespace Calm.Kernels.Tests;

/// <summary>Properties of attention on ILGPU's devices beyond its definition.</summary>
[Collection("devices")]
[Trait("tier", "devices")]
public sealed class DeviceAttentionTests(TestDevices devices)
{
    private const int QueryHeads = 4;
    private const int KeyValueHeads = 2;
    private const int HeadSize = 10;
    private const int Columns = (QueryHeads + 2 * KeyValueHeads) * HeadSize;

    public static TheoryData<string> Devices() => [.. TestDevices.Names];

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_cached_generation_gives_the_bits_of_the_whole_sequence(string deviceName)
    {
        const int positions = 75;
        Device device = devices[deviceName];
        using Tape tape = new(device, recording: false);
        float[] qkv = Normal(2 * positions * Columns);
        float[] whole = CausalAttention.Apply(
            tape, tape.From(qkv, new Shape(2, positions, Columns)), QueryHeads, KeyValueHeads).ToArray();

        // Single steps and prompts across the edges of tiles, in a cache that has to grow.
        KeyValueCache cache = new(device.Persistent, 2, 1, KeyValueHeads, HeadSize);
        foreach (int count in (int[])[1, 1, 14, 1, 17, 30, 1, 10])
        {
            int start = cache.Length;
            Tensor part = tape.From(Rows(qkv, positions, Columns, start, count), new Shape(2, count, Columns));
            Tensor y = CausalAttention.ApplyCached(tape, part, cache, QueryHeads);
            Assert.Equal(Rows(whole, positions, QueryHeads * HeadSize, start, count), y.ToArray());
        }

        Assert.Equal(positions, cache.Length);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_branch_continues_a_prefix(string deviceName)
    {
        Device device = devices[deviceName];
        using Tape tape = new(device, recording: false);
        float[] qkv = Normal(2 * 9 * Columns);
        Tensor Part(int start, int count) =>
            tape.From(Rows(qkv, 9, Columns, start, count), new Shape(2, count, Columns));
        KeyValueCache origin = new(device.Persistent, 2, 4, KeyValueHeads, HeadSize);
        CausalAttention.ApplyCached(tape, Part(0, 7), origin, QueryHeads);
        KeyValueCache branch = new(device.Persistent, 2, 1, KeyValueHeads, HeadSize);
        branch.CopyPrefix(origin, 7);
        float[] wanted = CausalAttention.ApplyCached(tape, Part(7, 2), origin, QueryHeads).ToArray();
        Assert.Equal(wanted, CausalAttention.ApplyCached(tape, Part(7, 2), branch, QueryHeads).ToArray());
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_query_with_one_key_has_no_gradient(string deviceName)
    {
        Device device = devices[deviceName];
        foreach (int headSize in (int[])[HeadSize, 32, 64, 128])
        {
            float[] one = OneKey.Gradient(device, positions: 1, headSize);
            Assert.All(one[..(2 * headSize)], element => Assert.Equal(0, element));
            Assert.Contains(one[(2 * headSize)..], element => element != 0);
            float[] first = OneKey.Gradient(device, positions: 21, headSize);
            Assert.All(first[..headSize], element => Assert.Equal(0, element));
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void One_tensor_as_queries_keys_and_values_gets_the_sum_of_the_gradients(string deviceName)
    {
        const int positions = 19;
        Device device = devices[deviceName];
        float[] values = Normal(positions * 12);
        float[] Gradient(int tensors)
        {
            using Tape tape = new(device);
            Tensor[] inputs = [.. Enumerable.Range(0, tensors).Select(_ => tape.From(values, new Shape(1, positions, 12)))];
            Array.ForEach(inputs, input => input.RequiresGradient = true);
            Tensor y = CausalAttention.Apply(tape, inputs[0], inputs[1 % tensors], inputs[2 % tensors], 2, 2);
            y.SetGradient(tape.From(Normal(positions * 12, seed: 5), y.Shape));
            tape.Backward();
            float[][] gradients = [.. inputs.Select(input => input.Gradient!.ToArray())];
            return [.. Enumerable.Range(0, values.Length).Select(i => gradients.Sum(gradient => gradient[i]))];
        }

        Assert.All(Gradient(1).Zip(Gradient(3)), pair => Assert.Equal(pair.Second, pair.First, 1e-5f));
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_key_that_is_not_a_number_shows_in_every_query_that_sees_it(string deviceName)
    {
        const int at = 7;
        Device device = devices[deviceName];
        using Tape tape = new(device, recording: false);
        float[] qkv = Normal(12 * Columns);
        qkv[at * Columns + QueryHeads * HeadSize] = float.NaN;
        float[] y = CausalAttention.Apply(
            tape, tape.From(qkv, new Shape(1, 12, Columns)), QueryHeads, KeyValueHeads).ToArray();
        for (int i = 0; i < y.Length; i++)
        {
            // Query heads 0 and 1 share key head 0.
            bool sees = i / (QueryHeads * HeadSize) >= at && i / HeadSize % QueryHeads < QueryHeads / KeyValueHeads;
            Assert.Equal(sees, float.IsNaN(y[i]));
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_rotation_adds_its_gradient_to_one_that_is_there(string deviceName)
    {
        Device device = devices[deviceName];
        using Tape tape = new(device);
        RotaryTable table = new(device, 9, 8);
        float[] first = Normal(9 * 20, seed: 6);
        float[] Gradient(float[]? present)
        {
            Tensor x = tape.From(Normal(9 * 20), new Shape(1, 9, 20));
            x.RequiresGradient = true;
            Tensor y = RotaryEmbedding.ApplyInPlace(tape, x, table, 2);
            y.SetGradient(tape.From(Normal(9 * 20, seed: 7), y.Shape));
            if (present is not null)
            {
                x.SetGradient(tape.From(present, x.Shape));
            }

            tape.Backward();
            float[] gradient = x.Gradient!.ToArray();
            tape.Reset();
            return gradient;
        }

        float[] alone = Gradient(null);
        Assert.Equal(first.Zip(alone, (left, right) => left + right), Gradient(first));
    }

    private static float[] Normal(int count, uint seed = 3) =>
        [.. new CaseData(seed).Normal("x", new Shape(count)).Values.Select(value => (float)value)];

    /// <summary>Some positions of every sequence of a [batch, positions, columns] array.</summary>
    private static float[] Rows(float[] values, int positions, int columns, int start, int count) =>
        [.. values.Chunk(positions * columns).SelectMany(sequence => sequence.Skip(start * columns).Take(count * columns))];
}
