using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>Products with weights packed once have the bits of those that read the weights as they lie.</summary>
public sealed class SingleRowTests
{
    [Theory]
    [MemberData(nameof(HostGemmTests.Sets), MemberType = typeof(HostGemmTests))]
    public void Packed_weights_change_no_bit(InstructionSet instructions)
    {
        using HostDevice host = new(2, instructions);
        using Arena arena = new(host, "test");
        foreach (int columns in new[] { 1, 63, 64, 65, 200, 1000 })
        {
            foreach (int depth in new[] { 1, 31, 511, 512, 513, 1100 })
            {
                foreach (int rows in new[] { 1, 2, 3, 8, 13 })
                {
                    float[] plain = Multiply(host, rows, columns, depth, null);
                    Assert.Equal(plain, Multiply(host, rows, columns, depth, new PackedWeightCache(arena, 1 << 22)));
                }
            }
        }
    }

    [Fact]
    public void A_form_is_made_at_the_second_use_and_what_finds_no_room_is_done_without()
    {
        using HostDevice host = new(1);
        using Arena arena = new(host, "test");
        PackedWeightCache packed = new(arena, 10);
        Tensor source = arena.Rent(new Shape(4), "test");
        int made = 0;
        Assert.Null(packed.Of(source, 6, "test", (_, _) => made++));
        Tensor? first = packed.Of(source, 6, "test", (_, _) => made++);
        Assert.NotNull(first);
        Assert.Same(first, packed.Of(source, 6, "test", (_, _) => made++));
        Assert.Equal(1, made);
        for (int use = 0; use < 3; use++)
        {
            Assert.Null(packed.Of(source.Reshape(2, 2), 6, "test", (_, _) => made++));
        }
    }

    private static float[] Multiply(HostDevice host, int rows, int columns, int depth, PackedWeightCache? packed)
    {
        using Tape tape = new(host, recording: false) { PackedWeights = packed };
        Tensor Random(Shape shape, uint stream)
        {
            RandomStream random = new(1, 0, stream);
            float[] values = new float[shape.Count];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = random.Uniform((ulong)i) - 0.5f;
            }

            return tape.From(values, shape);
        }

        Tensor x = Random(new Shape(rows, depth), 1);
        Tensor weight = Random(new Shape(columns, depth), 2);
        Tensor bias = Random(new Shape(columns), 3);
        Tensor residual = Random(new Shape(rows, columns), 4);
        Linear.Apply(tape, x, weight, bias, residual);
        return Linear.Apply(tape, x, weight, bias, residual).ToArray();
    }
}
