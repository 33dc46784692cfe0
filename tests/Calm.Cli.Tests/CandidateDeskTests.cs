using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli.Tests;

/// <summary>Draws made in blocks and decoded token by token lead to the choices that whole patches lead to.</summary>
public sealed class CandidateDeskTests
{
    private const int Chunks = 8;
    private const int Pool = 300;

    [Theory]
    [InlineData("lazy", 0.5, 200)]
    [InlineData("lazy", 0.3333333, 60)]
    [InlineData("lazy", 0.5, 3)]
    [InlineData("lazy", 1, 200)]
    [InlineData("batch", 0.5, 40)]
    [InlineData("batch", 0.25, 200)]
    [InlineData("exact", 0.7, 1)]
    [InlineData("exact", 0.4, 1)]
    [InlineData("exact", 1, 1)]
    public void Choices_are_those_of_whole_patches(string name, double temperature, int candidates)
    {
        ITemperatureSampler sampler = TemperatureSamplers.Create(name, temperature, candidates, Pool);
        using HostDevice host = new(2);
        bool[] atBound = new bool[2];
        foreach (float spread in new[] { 0, 0.1f, 0.3f, 1, 3 })
        {
            CalmModel model = AgreementSearchTests.RandomModel(host, patchSize: 4, vocabulary: 40, spread);
            Compare(model, host, sampler, choice => atBound[choice.AtBound ? 1 : 0] = true);
        }

        bool mayEnd = name != "batch" && temperature < 1;
        Assert.Equal([true, mayEnd], atBound);
    }

    /// <summary>Compares chunks that are chosen one after the other, two sequences at once.</summary>
    internal static void Compare(
        CalmModel model, Device device, ITemperatureSampler sampler, Action<PatchChoice> see, int chunks = Chunks,
        int pool = Pool)
    {
        int patchSize = model.Config.PatchSize;
        SeededGenerationNoise noise = new(model.Config, 5);
        using CalmGenerator all = new(model, device, 1, chunks + 1);
        using CalmGenerator tested = new(model, device, 2, chunks + 1);
        all.Read(new int[patchSize]);
        tested.Read(new int[2 * patchSize]);
        for (int patch = 0; patch < chunks; patch++)
        {
            _ = all.Next(2, pool, noise);
            WholePatches whole = new(all.DecodeCandidates(), patchSize);
            PatchChoice want = sampler.Choose(whole, noise.OfChoice(patch)).AsTask().GetAwaiter().GetResult();
            foreach (ChosenPatch got in tested.Next(sampler, patch, [0, 1], noise))
            {
                Assert.Equal(want.Candidates, got.Choice.Candidates);
                Assert.Equal(want.Trials, got.Choice.Trials);
                Assert.Equal(want.AtBound, got.Choice.AtBound);
                Assert.Equal(whole[want.Draw], got.Tokens);
                Assert.InRange(got.Drawn, want.Candidates, sampler.MostCandidates);
                see(got.Choice);
            }

            all.Read(whole[want.Draw]);
            tested.Read([.. whole[want.Draw], .. whole[want.Draw]]);
        }
    }

    private sealed class WholePatches(int[] tokens, int patchSize) : ICandidates
    {
        public int[] this[int draw] => tokens[(draw * patchSize)..((draw + 1) * patchSize)];

        public ValueTask<int> Make(int count) => ValueTask.FromResult(count);

        public ValueTask<int> FirstAgreeing(IReadOnlyList<int[]> groups) =>
            ValueTask.FromResult(groups.ToList().FindIndex(
                group => group.All(draw => this[draw].SequenceEqual(this[group[0]]))));

        public ValueTask<int> Choose(int count, int agreement, double u) =>
            ValueTask.FromResult(CandidateChoice.Choose(tokens.AsSpan(0, count * patchSize), patchSize, agreement, u));
    }
}
