using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>Scores of continuations against a slow reference, and alone against together.</summary>
public sealed class ContinuationScoreTests
{
    private const int PatchSize = 4;
    private const int Vocabulary = 259;
    private const int Draws = 24;

    private static readonly ByteTokenizer Bytes = new();

    /// <summary>
    /// Without a cache, a patch at a time, in double: for prompts that end with a patch, inside one and before the first.
    /// </summary>
    [Theory]
    [InlineData("a prompt", "twelve token", false)]
    [InlineData("a prompt 12", "tokens and more", false)]
    [InlineData("of", "text", false)]
    [InlineData("", "a beginning", false)]
    [InlineData("a prompt 12", "t", false)]
    [InlineData("a prompt 1", "t", true)]
    [InlineData("a prompt", "the end", true)]
    public void Scores_are_those_of_the_definition(string prompt, string continuation, bool ends)
    {
        using HostDevice host = new(2);
        Compare(Model(host), host, Bytes.Encode(prompt), Bytes.Encode(continuation), ends);
    }

    /// <summary>A model whose draws are all one patch: its tokens are right up to the first that differs from it.</summary>
    [Fact]
    public void Agreement_counts_the_continuations_own_tokens_patch_by_patch()
    {
        using HostDevice host = new(2);
        CalmModel model = AgreementSearchTests.RandomModel(host, PatchSize, Vocabulary, spread: 0);
        using Tape tape = new(host, recording: false);
        Tensor zero = tape.From(new float[model.Config.LatentSize], new Shape(1, model.Config.LatentSize));
        int[] patch = model.Autoencoder.DecodeTokens(tape, zero).ToIntegerArray();
        int wrong = (patch[1] + 1) % 256;
        int[] prompt = Bytes.Encode("a prompt");
        int[] text = [.. patch, .. patch, .. patch];
        Assert.Equal(1, Compare(model, host, prompt, text, ends: false));
        Assert.Equal(9 / 12.0, Compare(model, host, prompt, [.. text[..5], wrong, .. text[6..]], ends: false), 1e-12);
        Assert.Equal(1, Compare(model, host, [.. prompt, patch[0], patch[1]], text[2..9], ends: false), 1e-12);
        Assert.Equal(5 / 7.0, Compare(model, host, [.. prompt, patch[0], wrong], text[2..9], ends: false), 1e-12);
    }

    /// <summary>Compares scores with the reference; returns the agreement.</summary>
    private static double Compare(CalmModel model, Device device, int[] prompt, int[] continuation, bool ends)
    {
        using EnergyScorer scorer = new(model, Bytes, device, Draws, seed: 3);
        scorer.Read(prompt, trial: 5);
        ContinuationScore[] scores = scorer.Score(continuation, ends);
        (double energy, int patches, double right, int tokens) = Reference(model, device, prompt, continuation, ends);
        Assert.Equal(energy / patches, scores[0].Mean.Value, 1e-5);
        Assert.Equal(patches, scores[0].Units);
        Assert.Equal(energy, scores[0].Sum, 1e-3);
        Assert.Equal(right / tokens, scores[1].Mean.Value, 1e-12);
        Assert.Equal(tokens, scores[1].Units);
        Assert.True(scores[0].Mean.Low < scores[0].Mean.Value);
        return scores[1].Mean.Value;
    }

    [Fact]
    public void A_score_depends_neither_on_the_order_nor_on_the_number_of_continuations()
    {
        using HostDevice host = new(2);
        CalmModel model = Model(host);
        ArModel discrete = Discrete(host);
        string[] texts = ["short", "a longer continuation of the prompt", "one more text", new string('x', 400)];
        foreach (Func<IContinuationScorer> create in new Func<IContinuationScorer>[]
                 {
                     () => new EnergyScorer(model, Bytes, host, Draws), () => new LogProbabilityScorer(discrete, Bytes, 4, host),
                 })
        {
            ContinuationScore[][] alone = [.. texts.SelectMany(text => Score(create, [text]))];
            Assert.Equal(alone, Score(create, texts));
            Assert.Equal(alone.Reverse(), Score(create, [.. texts.Reverse()]));
        }
    }

    [Fact]
    public void More_draws_begin_with_the_same_ones_and_another_seed_has_others()
    {
        using HostDevice host = new(2);
        CalmModel model = Model(host);
        double few = Score(() => new EnergyScorer(model, Bytes, host, 256), ["some text"])[0][0].Mean.Value;
        Estimate more = Score(() => new EnergyScorer(model, Bytes, host, 1024), ["some text"])[0][0].Mean;
        Estimate other = Score(() => new EnergyScorer(model, Bytes, host, 256, seed: 2), ["some text"])[0][0].Mean;
        Assert.NotEqual(few, other.Value);
        Assert.InRange(few, other.Low - (other.High - other.Low), other.High + (other.High - other.Low));
        Assert.InRange(more.High - more.Low, 0.4 * (other.High - other.Low), 0.6 * (other.High - other.Low));
    }

    [Fact]
    public void Eight_times_the_text_takes_far_less_than_eight_times_the_memory()
    {
        using HostDevice host = new(2);
        CalmModel model = Model(host);
        long few = Peak(256);
        long many = Peak(2048);
        Assert.InRange(many, few, 3 * few);

        long Peak(int tokens)
        {
            using EnergyScorer scorer = new(model, Bytes, host, Draws);
            scorer.Read(Bytes.Encode("a prompt"));
            scorer.Score(Bytes.Encode(new string('y', tokens)));
            return host.Arenas.Where(arena => arena != host.Persistent).Max(arena => arena.Ledger.Peak);
        }
    }

    [Fact]
    public void A_text_without_a_whole_patch_or_without_a_prompt_is_refused()
    {
        using HostDevice host = new(1);
        using EnergyScorer scorer = new(Model(host), Bytes, host, Draws);
        Assert.Throws<InvalidOperationException>(() => scorer.Score([1, 2, 3, 4]));
        scorer.Read(Bytes.Encode("a prompt 1"));
        Assert.Equal(2, scorer.FewestTokens);
        Assert.Throws<ArgumentException>(() => scorer.Score([1]));
        using LogProbabilityScorer exact = new(Discrete(host), Bytes, 4, host);
        Assert.Throws<ArgumentException>(() => exact.Score([]));
    }

    [Theory]
    [InlineData("a prompt", "and more", false)]
    [InlineData("", "text", true)]
    public void Log_probabilities_are_those_of_the_whole_text(string prompt, string continuation, bool ends)
    {
        using HostDevice host = new(2);
        ArModel model = Discrete(host);
        using LogProbabilityScorer scorer = new(model, Bytes, 4, host);
        scorer.Read(Bytes.Encode(prompt));
        ContinuationScore score = Assert.Single(scorer.Score(Bytes.Encode(continuation), ends));

        ITokenizer tokenizer = Bytes;
        int[] before = prompt.Length > 0 ? Bytes.Encode(prompt) : [tokenizer.EndOfText, tokenizer.Pad, tokenizer.Pad, tokenizer.Pad];
        int[] after = [.. Bytes.Encode(continuation), .. ends ? [tokenizer.EndOfText] : Array.Empty<int>()];
        int[] all = [.. before, .. after];
        using Tape tape = new(host, recording: false);
        Tensor hidden = model.Hidden(tape, tape.FromIntegers(all, new Shape(1, all.Length)));
        float[] logits = model.Logits(tape, hidden.Reshape(all.Length, hidden.Columns)).ToArray();
        TokenLaw law = new(Vocabulary);
        double sum = 0;
        for (int i = before.Length; i < all.Length; i++)
        {
            law.Set(logits.AsSpan((i - 1) * Vocabulary, Vocabulary));
            sum += law.LogProbability(all[i]);
        }

        Assert.Equal(sum / after.Length, score.Mean.Value, 1e-5);
        Assert.Equal(after.Length, score.Units);
        Assert.False(score.Mean.HasInterval);
    }

    [Fact]
    public void Equal_scores_share_the_best_of_their_ranks() =>
        Assert.Equal([2, 4, 2, 1, 5], ContinuationScore.Ranks([0.5, 0.2, 0.5, 0.9, -1]));

    private static ContinuationScore[][] Score(Func<IContinuationScorer> create, string[] texts)
    {
        using IContinuationScorer scorer = create();
        scorer.Read(Bytes.Encode("the beginning of"));
        return [.. texts.Select(text => scorer.Score(Bytes.Encode(text)))];
    }

    private static (double Energy, int Patches, double Right, int Tokens) Reference(
        CalmModel model, Device device, int[] before, int[] continuation, bool ends)
    {
        ITokenizer tokenizer = Bytes;
        int begun = before.Length % PatchSize;
        if (before.Length < PatchSize)
        {
            before = [tokenizer.EndOfText, tokenizer.Pad, tokenizer.Pad, tokenizer.Pad, .. before];
        }

        List<int> all = [.. before, .. continuation, .. ends ? [tokenizer.EndOfText] : Array.Empty<int>()];
        int end = all.Count;
        while (ends && all.Count % PatchSize != 0)
        {
            all.Add(tokenizer.Pad);
        }

        (double energy, double right, int patches) = (0, 0, 0);
        int promptPatches = before.Length / PatchSize;
        for (int patch = promptPatches; patch * PatchSize < all.Count; patch++)
        {
            using Tape tape = new(device, recording: false);
            int[] read = [.. all.Take(patch * PatchSize)];
            Tensor hidden = model.Hidden(tape, tape.FromIntegers(read, new Shape(1, patch, PatchSize)));
            Tensor last = hidden.Slice((long)(patch - 1) * hidden.Columns, new Shape(1, hidden.Columns));
            int[] rows = [.. Enumerable.Range((patch - promptPatches) * EnergyScorer.MostDraws, Draws)];
            Tensor noise = DrawNoise.Make(
                tape, model.Config, tape.FromIntegers(rows, new Shape(Draws)), 1, RandomStreams.ScoreNoise(3, 5));
            Tensor latents = model.Draw(tape, last, noise.Reshape(1, Draws, noise.Columns));
            int[] tokens = model.Autoencoder.DecodeTokens(tape, latents.Reshape(Draws, latents.Columns)).ToIntegerArray();
            int[] truth = [.. all.Skip(patch * PatchSize).Take(PatchSize)];
            int own = Math.Min(end - patch * PatchSize, PatchSize);
            int skipped = patch == promptPatches ? begun : 0;
            for (int draw = 0; draw < Draws; draw++)
            {
                int leading = 0;
                while (leading < own && tokens[draw * PatchSize + leading] == truth[leading])
                {
                    leading++;
                }

                right += Math.Max(0, leading - skipped) / (double)Draws;
            }

            if (truth.Length == PatchSize)
            {
                double[] targets = Targets(model, tape, truth, patch - promptPatches);
                double[][] terms = EnergyTerms.Reference(
                    [.. latents.ToArray().Select(x => (double)x)], targets, Draws, Draws,
                    model.Config.LatentSize, model.Config.Beta);
                energy += terms[1][0] - terms[0][0] / 2;
                patches++;
            }
        }

        return (energy, patches, right, end - promptPatches * PatchSize - begun);
    }

    /// <summary>Draws of the latent of a patch at a place.</summary>
    private static double[] Targets(CalmModel model, Tape tape, int[] patch, int place)
    {
        (Tensor mean, Tensor logStd) = model.Autoencoder.Encode(tape, tape.FromIntegers(patch, new Shape(1, PatchSize)));
        int size = model.Config.LatentSize;
        RandomStream noise = RandomStreams.ScoreTargets(3, 5);
        (float[] means, float[] logStds) = (mean.ToArray(), logStd.ToArray());
        return
        [
            .. Enumerable.Range(0, Draws * size).Select(i =>
                means[i % size] + noise.Normal((ulong)(place * EnergyScorer.MostDraws * size + i)) * Math.Exp(logStds[i % size])),
        ];
    }

    private static CalmModel Model(Device device) =>
        AgreementSearchTests.RandomModel(device, PatchSize, Vocabulary, spread: 1);

    private static ArModel Discrete(Device device)
    {
        ArModel model = new(new ArConfig
        {
            VocabSize = Vocabulary, HiddenSize = 16, IntermediateSize = 24, NumHiddenLayers = 2, NumAttentionHeads = 4,
            NumKeyValueHeads = 2, InitializerRange = 0.4f,
        });
        model.Parameters.Allocate(device, trainable: false);
        model.Parameters.Initialize(RandomStreams.ArWeights(1));
        return model;
    }
}
