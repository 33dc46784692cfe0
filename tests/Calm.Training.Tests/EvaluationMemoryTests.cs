using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>An evaluation draws and decodes many patches at every position, but holds those of a few positions at once.</summary>
public sealed class EvaluationMemoryTests
{
    private const int PatchSize = 4;
    private const int Draws = 8;

    [Fact]
    public void Eight_times_the_positions_take_far_less_than_eight_times_the_memory_and_change_no_draw()
    {
        using HostDevice host = new(2);
        CalmModel model = AgreementSearchTests.RandomModel(host, PatchSize, vocabulary: 500, spread: 3);
        (int[] few, long memoryOfFew) = Drawn(model, host, patches: 129);
        (int[] many, long memoryOfMany) = Drawn(model, host, patches: 1025);
        Assert.Equal(8 * few.Length, many.Length);
        Assert.Equal(few, many[..few.Length]);
        Assert.InRange(memoryOfMany, memoryOfFew, 3 * memoryOfFew);
    }

    private static (int[] Tokens, long Bytes) Drawn(CalmModel model, HostDevice host, int patches)
    {
        using BrierEvaluator evaluator = new(model, host, BrierEstimator.Clamped, Draws);
        int[] ids = [.. Enumerable.Range(0, patches * PatchSize).Select(i => 40 + i * i % 400)];
        int[] tokens = evaluator.Score(ids, 1, new Noise(model.Config), (_, _, _) => { });
        return (tokens, host.Arenas.Where(arena => arena != host.Persistent).Max(arena => arena.Ledger.Peak));
    }

    private sealed class Noise(CalmConfig config) : IBrierNoise
    {
        public Tensor Teacher(Tape tape, int positions, int draws) => DrawNoise.Make(
            tape, config, tape.FromIntegers([.. Enumerable.Range(0, positions)], new Shape(positions)), draws,
            RandomStreams.EvaluationNoise(1, 0));

        public Tensor Roll(Tape tape, int start, int step, int sequences) => throw new NotSupportedException();
    }
}
