using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>Properties of attention and rotary embedding beyond their definitions.</summary>
public sealed class AttentionTests
{
    private const int QueryHeads = 4;
    private const int KeyValueHeads = 2;
    private const int Heads = QueryHeads + 2 * KeyValueHeads;

    public static TheoryData<InstructionSet, int> WidthsAndHeadSizes()
    {
        TheoryData<InstructionSet, int> data = [];
        foreach (InstructionSet set in Enum.GetValues<InstructionSet>().Where(HostInstructions.IsSupported))
        {
            data.Add(set, 10);
            data.Add(set, 32);
        }

        return data;
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Bits_do_not_depend_on_the_number_of_threads(int threads)
    {
        Assert.Equal(OutputAndGradient(1, 20), OutputAndGradient(threads, 20));
        Assert.Equal(OutputAndGradient(1, 5), OutputAndGradient(threads, 5));
    }

    [Theory]
    [MemberData(nameof(WidthsAndHeadSizes))]
    public void A_cached_generation_gives_the_bits_of_the_whole_sequence(InstructionSet instructions, int headSize)
    {
        const int positions = 300;
        using HostDevice host = new(2, instructions);
        using Tape tape = new(host, recording: false);
        float[] qkv = Normal(2, positions, Heads * headSize);
        float[] whole = CausalAttention.Apply(
            tape, tape.From(qkv, new Shape(2, positions, Heads * headSize)), QueryHeads, KeyValueHeads).ToArray();

        // One at a time at first and across the edge of a tile of keys, then prompts of every kind of length.
        KeyValueCache cache = new(host.Persistent, 2, 1, KeyValueHeads, headSize);
        foreach (int count in (int[])[.. Enumerable.Repeat(1, 20), 5, 16, 17, 32, 33, 1, 1, 1, 1, 2, 1, 130, 40])
        {
            int start = cache.Length;
            Tensor part = Rows(tape, qkv, 2, positions, Heads * headSize, start, count);
            Tensor y = CausalAttention.ApplyCached(tape, part, cache, QueryHeads);
            Assert.Equal(
                Rows(tape, whole, 2, positions, QueryHeads * headSize, start, count).ToArray(), y.ToArray());
        }

        Assert.Equal(positions, cache.Length);
    }

    [Fact]
    public void A_branch_continues_a_prefix_and_leaves_its_origin_alone()
    {
        const int headSize = 8;
        const int columns = Heads * headSize;
        using HostDevice host = new(1);
        using Tape tape = new(host, recording: false);
        float[] qkv = Normal(3, 40, columns);
        KeyValueCache origin = new(host.Persistent, 3, 64, KeyValueHeads, headSize);
        CausalAttention.ApplyCached(tape, Rows(tape, qkv, 3, 40, columns, 0, 20), origin, QueryHeads);
        CausalAttention.ApplyCached(tape, Rows(tape, qkv, 3, 40, columns, 30, 10), origin, QueryHeads);

        // The branch replaces the positions after 19 by those of the whole sequence.
        KeyValueCache branch = new(host.Persistent, 3, 4, KeyValueHeads, headSize);
        branch.CopyPrefix(origin, 20);
        Tensor next = Rows(tape, qkv, 3, 40, columns, 20, 3);
        float[] whole = CausalAttention.Apply(
            tape, Rows(tape, qkv, 3, 40, columns, 0, 23), QueryHeads, KeyValueHeads).ToArray();
        float[] wanted = Rows(tape, whole, 3, 23, QueryHeads * headSize, 20, 3).ToArray();
        Assert.Equal(wanted, CausalAttention.ApplyCached(tape, next, branch, QueryHeads).ToArray());

        origin.Truncate(20);
        Assert.Equal(wanted, CausalAttention.ApplyCached(tape, next, origin, QueryHeads).ToArray());

        // Three branches of sequence 1, continued alike.
        KeyValueCache repeated = new(host.Persistent, 3, 20, KeyValueHeads, headSize);
        repeated.RepeatPrefix(origin, 1, 20);
        float[] second = [.. next.ToArray().Skip(3 * columns).Take(3 * columns)];
        float[] y = CausalAttention.ApplyCached(
            tape, tape.From([.. second, .. second, .. second], next.Shape), repeated, QueryHeads).ToArray();
        float[] wantedSecond = [.. wanted.Skip(wanted.Length / 3).Take(wanted.Length / 3)];
        Assert.Equal([.. wantedSecond, .. wantedSecond, .. wantedSecond], y);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(70)]
    [InlineData(140)]
    public void The_future_does_not_reach_the_past(int at)
    {
        const int positions = 150;
        const int columns = Heads * 16;
        using HostDevice host = new(1);
        using Tape tape = new(host, recording: false);
        float[] qkv = Normal(1, positions, columns);
        float[] before = Attend(tape, qkv, 1, positions, columns);
        Normal(1, positions - at, columns, seed: 8).CopyTo(qkv, at * columns);
        float[] after = Attend(tape, qkv, 1, positions, columns);
        int row = QueryHeads * 16;
        Assert.Equal(before[..(at * row)], after[..(at * row)]);
        Assert.NotEqual(before[(at * row)..((at + 1) * row)], after[(at * row)..((at + 1) * row)]);
    }

    [Theory]
    [InlineData(12)]
    [InlineData(100)]
    public void A_key_that_is_not_a_number_shows_in_every_query_that_sees_it(int positions)
    {
        const int headSize = 16;
        const int at = 7;
        using HostDevice host = new(1);
        using Tape tape = new(host, recording: false);
        float[] qkv = Normal(1, positions, Heads * headSize);
        qkv[(at * Heads + QueryHeads) * headSize] = float.NaN;
        float[] y = Attend(tape, qkv, 1, positions, Heads * headSize);
        for (int i = 0; i < y.Length; i++)
        {
            int position = i / (QueryHeads * headSize);
            int head = i / headSize % QueryHeads;

            // Query heads 0 and 1 share key head 0.
            Assert.Equal(position >= at && head < QueryHeads / KeyValueHeads, float.IsNaN(y[i]));
        }
    }

    [Theory]
    [MemberData(nameof(WidthsAndHeadSizes))]
    public void A_query_with_one_key_has_no_gradient(InstructionSet instructions, int headSize)
    {
        using HostDevice host = new(1, instructions);
        float[] one = OneKey.Gradient(host, positions: 1, headSize);
        Assert.All(one[..(2 * headSize)], element => Assert.Equal(0, element));
        Assert.Contains(one[(2 * headSize)..], element => element != 0);
        float[] first = OneKey.Gradient(host, positions: 21, headSize);
        Assert.All(first[..headSize], element => Assert.Equal(0, element));
    }

    [Fact]
    public void One_tensor_as_queries_keys_and_values_gets_the_sum_of_the_gradients()
    {
        const int positions = 150;
        using HostDevice host = new(1);
        float[] values = Normal(2, positions, 12);
        float[] upstream = Normal(2, positions, 12, seed: 5);
        float[] Gradient(bool shared)
        {
            using Tape tape = new(host);
            Tensor[] inputs = [.. Enumerable.Range(0, 3).Select(_ => tape.From(values, new Shape(2, positions, 12)))];
            if (shared)
            {
                inputs = [inputs[0], inputs[0], inputs[0]];
            }

            Array.ForEach(inputs, input => input.RequiresGradient = true);
            Tensor y = CausalAttention.Apply(tape, inputs[0], inputs[1], inputs[2], 2, 2);
            y.SetGradient(tape.From(upstream, y.Shape));
            tape.Backward();
            float[][] gradients = [.. inputs.Distinct().Select(input => input.Gradient!.ToArray())];
            return [.. Enumerable.Range(0, values.Length).Select(i => gradients.Sum(gradient => gradient[i]))];
        }

        float[] want = Gradient(shared: false);
        float[] got = Gradient(shared: true);
        Assert.All(got.Zip(want), pair => Assert.Equal(pair.Second, pair.First, 1e-5f));
    }

    [Fact]
    public void A_step_allocates_nothing_but_its_node_and_tensors()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Tensor qkv = host.Persistent.Rent(new Shape(2, 40, Heads * 16), "test");
        Tensor gradient = host.Persistent.Rent(new Shape(2, 40, QueryHeads * 16), "test");
        RotaryTable table = new(host, 40, 16);
        qkv.CopyFrom(Normal(2, 40, Heads * 16));
        gradient.Clear();
        long allocated = 0;
        for (int step = 0; step < 5; step++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            tape.Reset();
            Tensor x = qkv.Slice(0, qkv.Shape);
            x.RequiresGradient = true;
            Tensor rotated = RotaryEmbedding.ApplyInPlace(tape, x, table, QueryHeads + KeyValueHeads);
            CausalAttention.Apply(tape, rotated, QueryHeads, KeyValueHeads).SetGradient(gradient);
            tape.Backward();
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.InRange(allocated, 0, 1500);
    }

    [Fact]
    public void A_rotation_adds_its_gradient_to_one_that_is_there()
    {
        const int columns = 20;
        using HostDevice host = new(1);
        using Tape tape = new(host);
        RotaryTable table = new(host, 9, 8);
        float[] upstream = Normal(1, 9, columns);
        float[] first = Normal(1, 9, columns, seed: 6);
        float[] Gradient(float[]? present)
        {
            Tensor x = tape.From(Normal(1, 9, columns), new Shape(1, 9, columns));
            x.RequiresGradient = true;
            Tensor y = RotaryEmbedding.ApplyInPlace(tape, x, table, 2, start: 0);
            y.SetGradient(tape.From(upstream, y.Shape));
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

    [Fact]
    public void Messages_name_the_operand_and_both_numbers()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Tensor x = tape.From(new float[2 * 3 * 20], new Shape(2, 3, 20));
        Assert.Equal(
            "CausalAttention: the columns of qkv is 20, expected a multiple of queryHeads + 2 keyValueHeads = 3.",
            Assert.Throws<ArgumentException>(() => CausalAttention.Apply(tape, x, 1, 1)).Message);
        Assert.Equal(
            "RotaryEmbedding: the last position + 1 is 8, expected at most the 7 positions of the table.",
            Assert.Throws<ArgumentException>(
                () => RotaryEmbedding.ApplyInPlace(tape, x, new RotaryTable(host, 7, 4), 1, start: 5)).Message);
    }

    private static float[] OutputAndGradient(int threads, int positions)
    {
        positions *= 7;
        const int columns = Heads * 32;
        using HostDevice host = new(threads);
        using Tape tape = new(host);
        Tensor x = tape.From(Normal(2, positions, columns), new Shape(2, positions, columns));
        x.RequiresGradient = true;
        RotaryTable table = new(host, positions, 32);
        Tensor rotated = RotaryEmbedding.ApplyInPlace(tape, x, table, QueryHeads + KeyValueHeads);
        Tensor y = CausalAttention.Apply(tape, rotated, QueryHeads, KeyValueHeads);
        y.SetGradient(tape.From(Normal(2, positions, QueryHeads * 32, seed: 4), y.Shape));
        tape.Backward();
        return [.. y.ToArray(), .. x.Gradient!.ToArray()];
    }

    private static float[] Attend(Tape tape, float[] qkv, int batch, int positions, int columns) =>
        CausalAttention.Apply(
            tape, tape.From(qkv, new Shape(batch, positions, columns)), QueryHeads, KeyValueHeads).ToArray();

    private static float[] Normal(int batch, int positions, int columns, uint seed = 3) =>
        [.. new CaseData(seed).Normal("x", new Shape(batch, positions, columns)).Values.Select(value => (float)value)];

    /// <summary>Some positions of every sequence of a [batch, positions, columns] array.</summary>
    private static Tensor Rows(Tape tape, float[] values, int batch, int positions, int columns, int start, int count)
    {
        List<float> rows = [];
        for (int sequence = 0; sequence < batch; sequence++)
        {
            rows.AddRange(values.Skip((sequence * positions + start) * columns).Take(count * columns));
        }

        return tape.From(rows.ToArray(), new Shape(batch, count, columns));
    }
}
