using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>Generation that decodes only what matters chooses what the published algorithm chooses from all candidates.</summary>
public sealed class AgreementSearchTests
{
    private const int Sequences = 2;
    private const int Chunks = 12;

    /// <summary>Spread of the head's draws: from all equal to hardly any two.</summary>
    private static readonly float[] Spreads = [0, 0.02f, 0.1f, 0.3f, 1, 3];

    [Theory]
    [InlineData(2, 40, 4)]
    [InlineData(12, 200, 3)]
    [InlineData(3, 40, 4)]
    [InlineData(6, 60, 2)]
    [InlineData(6, 4, 4)]
    [InlineData(2, 2, 4)]
    [InlineData(2, 3, 1)]
    [InlineData(25, 300, 3)]
    [InlineData(2, 60, 3, 2500)]
    public void Random_models_choose_the_same(int agreement, int candidates, int patchSize, int vocabulary = 40)
    {
        using HostDevice host = new(2);
        HashSet<int> reached = [];
        foreach (float spread in Spreads)
        {
            CalmModel model = RandomModel(host, patchSize, vocabulary, spread);
            reached.UnionWith(Compare(model, host, agreement, candidates));
        }

        // Both ends of the law: n draws agree, and no two do (or at least not n).
        Assert.Contains(Math.Min(agreement, candidates), reached);
        Assert.True(reached.Count > 1, "no choice fell back");
    }

    [Fact]
    public void A_trained_model_chooses_the_same()
    {
        using HostDevice host = new(2);
        using TinyRuns runs = new(host);
        using TrainedModel trained = TrainedModel.Open(runs.Calm.Folder, host);
        HashSet<int> reached = [];
        foreach (int agreement in new[] { 2, 3, 6 })
        {
            reached.UnionWith(Compare(trained.Model, host, agreement, 100));
        }

        Assert.True(reached.Count > 1);
    }

    /// <summary>The largest numbers of draws that agreed, at most n, after all choices were found equal.</summary>
    private static HashSet<int> Compare(CalmModel model, HostDevice host, int agreement, int candidates)
    {
        HashSet<int> reached = [];
        int patchSize = model.Config.PatchSize;
        SeededNoise noise = new(model.Config, 3);
        using CalmGenerator generator = new(model, host);
        CalmSequence[] sequences =
        [
            .. Enumerable.Range(0, Sequences).Select(_ =>
                generator.Begin(new BatchSampler(agreement, candidates), noise, Chunks + 1)),
        ];
        int[][] unread = [.. Enumerable.Range(0, Sequences).Select(i => Enumerable.Repeat(i, patchSize).ToArray())];
        for (int chunk = 0; chunk < Chunks; chunk++)
        {
            int[][] pools = new int[Sequences][];
            for (int i = 0; i < Sequences; i++)
            {
                generator.Read(sequences[i], unread[i]);
                pools[i] = generator.Candidates(sequences[i], 0, candidates);
            }

            unread = [.. generator.Next(sequences).Select(patch => patch.Tokens)];
            foreach ((int[] pool, int[] chosen) in pools.Zip(unread))
            {
                int place = CandidateChoice.Choose(pool, patchSize, agreement, noise.Choice(chunk).Place);
                Assert.Equal(pool[(place * patchSize)..((place + 1) * patchSize)], chosen);
                int most = pool.Chunk(patchSize).GroupBy(patch => string.Join(' ', patch)).Max(same => same.Count());
                reached.Add(Math.Min(agreement, most));
            }
        }

        return reached;
    }

    internal static CalmModel RandomModel(Device device, int patchSize, int vocabulary, float spread)
    {
        const int width = 32;
        AutoencoderConfig tokens = new()
        {
            PatchSize = patchSize, VocabSize = vocabulary, HiddenSize = width, IntermediateSize = 48, LatentSize = 16,
            NumDecoderLayers = 4, InitializerRange = 0.3f, BosTokenId = 37, EosTokenId = 38, PadTokenId = 39,
        };
        CalmConfig config = new()
        {
            PatchSize = patchSize, VocabSize = vocabulary, HiddenSize = width, IntermediateSize = 48, LatentSize = 16,
            NumHiddenLayers = 1, NumAttentionHeads = 2, NumKeyValueHeads = 2, NumMlpLayers = 1, NoiseSize = 16,
            InitializerRange = 0.3f, BosTokenId = 37, EosTokenId = 38, PadTokenId = 39,
        };
        CalmModel model = new(config, new Autoencoder(new ParameterSet(), tokens));
        model.Autoencoder.Parameters.Allocate(device, trainable: false);
        model.Parameters.Allocate(device, trainable: false);
        model.Autoencoder.Parameters.Initialize(RandomStreams.AutoencoderWeights(1));
        model.Parameters.Initialize(RandomStreams.CalmWeights(1));

        // The last layer starts at zero, where all draws coincide.
        Parameter last = model.Parameters.Parameters.Single(
            parameter => parameter.Parts[0].Name.EndsWith("final_layer.linears.2.weight", StringComparison.Ordinal));
        RandomStream random = new(1, 0, 99);
        last.Value.CopyFrom([.. Enumerable.Range(0, (int)last.Value.Count)
            .Select(i => spread * ((float)random.Uniform((ulong)i) - 0.5f))]);
        return model;
    }
}
