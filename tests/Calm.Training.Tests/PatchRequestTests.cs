using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>Draws made in blocks and decoded token by token lead to the choices that whole patches lead to.</summary>
public sealed class PatchRequestTests
{
    private const int Chunks = 8;
    private const int Pool = 300;

    [Theory]
    [InlineData(Sampler.Lazy, 0.5, 200)]
    [InlineData(Sampler.Lazy, 0.3333333, 60)]
    [InlineData(Sampler.Lazy, 0.5, 3)]
    [InlineData(Sampler.Lazy, 1, 200)]
    [InlineData(Sampler.Batch, 0.5, 40)]
    [InlineData(Sampler.Batch, 0.25, 200)]
    [InlineData(Sampler.Exact, 0.7, 1)]
    [InlineData(Sampler.Exact, 0.4, 1)]
    [InlineData(Sampler.Exact, 1, 1)]
    public void Choices_are_those_of_whole_patches(Sampler name, double temperature, int candidates)
    {
        ITemperatureSampler sampler = TemperatureSamplers.Create(name, temperature, candidates, Pool);
        using HostDevice host = new(2);
        bool[] atBound = new bool[2];
        foreach (float spread in new[] { 0, 0.1f, 0.3f, 1, 3 })
        {
            CalmModel model = AgreementSearchTests.RandomModel(host, patchSize: 4, vocabulary: 40, spread);
            Compare(model, host, sampler, choice => atBound[choice.AtBound ? 1 : 0] = true);
        }

        bool mayEnd = name != Sampler.Batch && temperature < 1;
        Assert.Equal([true, mayEnd], atBound);
    }

    /// <summary>Compares chunks that are chosen one after the other, two sequences at once.</summary>
    internal static void Compare(
        CalmModel model, Device device, ITemperatureSampler sampler, Action<PatchChoice> see, int chunks = Chunks,
        int pool = Pool)
    {
        int patchSize = model.Config.PatchSize;
        SeededNoise noise = new(model.Config, 5);
        using CalmGenerator generator = new(model, device);
        CalmSequence[] sequences = [.. Enumerable.Range(0, 2).Select(_ => generator.Begin(sampler, noise, chunks + 1))];
        int[] read = new int[patchSize];
        for (int patch = 0; patch < chunks; patch++)
        {
            Array.ForEach(sequences, sequence => generator.Read(sequence, read));
            WholePatches whole = new(generator.Candidates(sequences[0], 0, pool), patchSize);
            PatchChoice want = sampler.Begin(noise.Choice(patch)).Continue(whole)!.Value;
            read = whole[want.Draw];
            foreach (ChosenPatch got in generator.Next(sequences))
            {
                Assert.Equal(want.Candidates, got.Choice.Candidates);
                Assert.Equal(want.Trials, got.Choice.Trials);
                Assert.Equal(want.AtBound, got.Choice.AtBound);
                Assert.Equal(read, got.Tokens);
                Assert.InRange(got.Drawn, want.Candidates, sampler.MostCandidates);
                see(got.Choice);
            }
        }
    }

    private sealed class WholePatches(int[] tokens, int patchSize) : ICandidates
    {
        public int[] this[int draw] => tokens[(draw * patchSize)..((draw + 1) * patchSize)];

        public int? Make(int count) => count;

        public int? FirstAgreeing(IReadOnlyList<int[]> groups) =>
            groups.ToList().FindIndex(group => group.All(draw => this[draw].SequenceEqual(this[group[0]])));

        public int Choose(int count, int agreement, double u) =>
            CandidateChoice.Choose(tokens.AsSpan(0, count * patchSize), patchSize, agreement, u);
    }
}
