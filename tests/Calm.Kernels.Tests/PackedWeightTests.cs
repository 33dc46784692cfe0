using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>Weights that are packed once give the bits of weights that are packed for each product.</summary>
public sealed class PackedWeightTests
{
    public static TheoryData<InstructionSet> Sets() =>
        [.. Enum.GetValues<InstructionSet>().Where(HostInstructions.IsSupported)];

    [Theory]
    [MemberData(nameof(Sets))]
    public void Packed_weights_change_no_bit(InstructionSet instructions)
    {
        foreach (Precision precision in Enum.GetValues<Precision>())
        {
            using HostDevice host = new(2, instructions) { Precision = precision };
            using Arena arena = new(host, "constants");
            using Tape plain = new(host, recording: false);
            using Tape packing = new(host, recording: false) { PackedWeights = new PackedWeightCache(arena, long.MaxValue) };
            foreach ((int rows, int inputs, int outputs) in new[]
                     {
                         (17, 31, 33), (16, 64, 96), (200, 128, 257), (33, 600, 64), (20, 24, 1025), (18, 1030, 2050),
                     })
            {
                Tensor x = Filled(plain, rows, inputs);
                Tensor weight = Filled(plain, outputs, inputs);
                float[] want = Linear.Apply(plain, x, weight).ToArray();
                for (int use = 0; use < 3; use++)
                {
                    Assert.Equal(want, Linear.Apply(packing, x, weight).ToArray());
                }
            }
        }
    }

    [Fact]
    public void A_weight_is_packed_at_its_second_use_by_more_than_two_rows_and_never_again()
    {
        using HostDevice host = new(1);
        using Arena arena = new(host, "constants");
        using Tape tape = new(host, recording: false) { PackedWeights = new PackedWeightCache(arena, long.MaxValue) };
        Tensor weight = Filled(tape, 24, 8);
        Linear.Apply(tape, Filled(tape, 4, 8), weight);
        Assert.Equal(0, arena.Ledger.Used);
        Linear.Apply(tape, Filled(tape, 4, 8), weight);
        long once = arena.Ledger.Used;
        Assert.InRange(once, 24 * 8 * sizeof(float), long.MaxValue);
        Condition();
        Assert.Equal(once, arena.Ledger.Used);
        Condition();
        long twice = arena.Ledger.Used;
        Assert.InRange(twice, once + 24 * 3 * sizeof(float), long.MaxValue);
        Linear.Apply(tape, Filled(tape, 60, 8), weight);
        Condition();
        Assert.Equal(twice, arena.Ledger.Used);

        void Condition() => ConditionedLinear.Apply(tape, Filled(tape, 40, 3), Filled(tape, 20, 5), weight, null, 2);
    }

    private static Tensor Filled(Tape tape, int rows, int columns) => tape.From(
        [.. new CaseData((uint)(rows * 31 + columns)).Uniform("", new Shape(rows, columns)).Values.Select(v => (float)v)],
        new Shape(rows, columns));
}
