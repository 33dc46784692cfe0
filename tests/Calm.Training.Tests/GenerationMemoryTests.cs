using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>Choosing a patch takes less memory than the logits of its draws would, N K V of them.</summary>
public sealed class GenerationMemoryTests
{
    [Theory]
    [InlineData(Sampler.Batch, 0.5)]
    [InlineData(Sampler.Lazy, 0.5)]
    [InlineData(Sampler.Exact, 0.7)]
    public void Logits_of_all_draws_are_never_stored(Sampler sampler, double temperature)
    {
        const int draws = 200;
        const int patchSize = 4;
        const int vocabulary = 20_000;
        using HostDevice host = new(2);
        (long logits, long step) = StaysBelowLogits(
            host, TemperatureSamplers.Create(sampler, temperature, draws, draws), draws, patchSize, vocabulary);
        Assert.InRange(host.AllocatedBytes, 1, logits - 1); // the model, and what products work in
        Assert.InRange(step, 1, logits / patchSize - 1); // those of one token of all draws, which are decoded token by token
    }

    /// <summary>
    /// Generates in both ways from a model of which few draws agree, so that most of N are looked at, and decodes all of them:
    /// beside the model, the device's memory must never hold as much as N K V logits.
    /// </summary>
    /// <returns>Bytes of N K V logits, and the most that a step held.</returns>
    internal static (long Logits, long Step) StaysBelowLogits(
        Device device, ITemperatureSampler sampler, int draws, int patchSize, int vocabulary)
    {
        CalmModel model = AgreementSearchTests.RandomModel(device, patchSize, vocabulary, spread: 3);
        SeededNoise noise = new(model.Config, 5);
        using CalmGenerator generator = new(model, device);
        CalmSequence sequence = generator.Begin(sampler, noise, capacity: 4);
        generator.Read(sequence, new int[patchSize]);
        ChosenPatch chosen = generator.Next(sequence)[0];
        Assert.InRange(chosen.Choice.Candidates, draws / 2, draws);
        generator.Read(sequence, chosen.Tokens);
        CalmSequence batch = generator.Begin(new BatchSampler(2, draws), noise, capacity: 4);
        generator.Read(batch, new int[patchSize]);
        Assert.Equal(draws, generator.Next(batch)[0].Choice.Candidates);
        Assert.Equal(draws * patchSize, generator.Candidates(batch, 0, draws).Length);
        long peak = device.Arenas.Where(arena => arena != device.Persistent).Sum(arena => arena.Ledger.Peak);
        long logits = (long)draws * patchSize * vocabulary * sizeof(float);
        Assert.InRange(peak, 1, logits - 1);
        return (logits, device.Arenas.Where(arena => arena.Name == "step").Sum(arena => arena.Ledger.Peak));
    }
}
