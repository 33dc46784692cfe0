using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>The discrete model: generation with a cache, and Brier scores where the exact ones are known.</summary>
public sealed class ArModelTests
{
    private static readonly ArConfig Small = new()
    {
        VocabSize = 37, HiddenSize = 16, IntermediateSize = 24, NumHiddenLayers = 2, NumAttentionHeads = 4,
        NumKeyValueHeads = 2, InitializerRange = 0.4f,
    };

    /// <summary>Transition[v][w]: the probability of w after v.</summary>
    private static readonly double[][] Transition =
        [[0.7, 0.1, 0.1, 0.1], [0.05, 0.05, 0.8, 0.1], [0.25, 0.25, 0.25, 0.25], [0.6, 0.2, 0.15, 0.05]];

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.0)]
    public void Cached_generation_has_the_logits_of_the_whole_text_to_the_bit(double temperature)
    {
        using HostDevice host = new(2);
        ArModel model = Random(Small, host);
        int[][] texts = [[3, 1, 4, 1, 5], [9, 2, 6, 5, 35]];
        TokenSampling sampling = new(temperature, TopK: 20);
        using ArGenerator generator = new(model, host, 2, 4, seed: 5); // the cache has to grow
        generator.Read([.. texts.SelectMany(text => text)]);
        for (int step = 0; step < 12; step++)
        {
            Assert.Equal(WholeLogits(model, host, texts), generator.Logits);
            int[] next = generator.Next(sampling);
            texts = [.. texts.Select((text, sequence) => (int[])[.. text, next[sequence]])];
            generator.Read(next);
        }

        using ArGenerator again = new(model, host, 2, 40, seed: 5);
        again.Read([.. texts.SelectMany(text => text[..5])]);
        Assert.Equal(texts.Select(text => text[5]), again.Next(sampling));
    }

    [Fact]
    public void Loss_is_the_mean_of_the_log_probabilities_that_an_evaluation_finds()
    {
        using HostDevice host = new(2);
        ArModel model = Random(Small, host);
        int[] ids = [.. Enumerable.Range(0, 2 * 11).Select(i => i * 7 % 37)];
        using ArBrierEvaluator evaluator = new(model, host, BrierEstimator.Clamped);
        List<int> starts = [];
        double[] logs = evaluator.Score(ids, 2, 4, new Streamed(1), (sequence, token, _) => starts.Add(100 * sequence + token));
        using Tape tape = new(host);
        double loss = ArObjective.Loss(tape, model, ArBatch.Make(tape, ids, ids, 2)).ToArray()[0];
        Assert.Equal(loss, -logs.Average(), 1e-5);
        Assert.Equal([4, 104], starts.Order()); // patches of 4 with all of four tokens inside 11
    }

    /// <summary>A Markov chain as a Llama: its blocks add nothing, so that logits depend on the last token alone.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Brier_scores_approach_those_of_a_known_chain(bool published)
    {
        BrierEstimator estimator = published ? BrierEstimator.Published : BrierEstimator.Clamped;
        using HostDevice host = new(2);
        ArModel model = Chain(host);
        int[] ids = [0, 0, 2, 3, 0, 2, 1, 2, 3, 1];
        const int repeats = 600;
        const int starts = 6;
        double[,] sums = new double[starts, 4];
        double[,] squares = new double[starts, 4];
        using ArBrierEvaluator evaluator = new(model, host, estimator);
        int[] batch = [.. Enumerable.Repeat(ids, repeats).SelectMany(text => text)];
        evaluator.Score(batch, repeats, 1, new Streamed(7), (_, token, scores) =>
        {
            for (int n = 0; n < 4; n++)
            {
                sums[token - 1, n] += scores[n];
                squares[token - 1, n] += scores[n] * scores[n];
            }
        });
        double[][] collisions = Collisions();
        for (int start = 0; start < starts; start++)
        {
            double probability = 1;
            for (int n = 0; n < 4; n++)
            {
                probability *= Transition[ids[start + n]][ids[start + n + 1]];
                double exact = 2 * probability - collisions[n][ids[start]];
                double mean = sums[start, n] / repeats;
                double variance = Math.Max(0, squares[start, n] / repeats - mean * mean);
                Assert.InRange(mean - exact, -5 * Math.Sqrt(variance / repeats) - 1e-6, 5 * Math.Sqrt(variance / repeats) + 1e-6);
            }

            Assert.Equal(0, squares[start, 0] / repeats - Math.Pow(sums[start, 0] / repeats, 2), 1e-10); // n = 1 is exact
        }
    }

    [Fact]
    public void Probabilities_of_the_other_draw_vary_less_than_whether_it_agreed()
    {
        using HostDevice host = new(2);
        ArModel model = Chain(host);
        int[] batch = [.. Enumerable.Repeat<int[]>([0, 0, 2, 3, 0], 500).SelectMany(text => text)];
        double exact = Variance(BrierEstimator.Clamped);
        double observed = Variance(BrierEstimator.Published);
        Assert.InRange(exact, 1e-6, 0.8 * observed);

        double Variance(BrierEstimator estimator)
        {
            List<double> scores = [];
            using ArBrierEvaluator evaluator = new(model, host, estimator);
            evaluator.Score(batch, 500, 1, new Streamed(3), (_, _, four) => scores.Add(four[3]));
            double mean = scores.Average();
            return scores.Average(score => (score - mean) * (score - mean));
        }
    }

    [Fact]
    public void A_batch_without_a_target_is_refused()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        Assert.Throws<CalmException>(() => ArBatch.Make(tape, [1, 2, 3], [-100, -100, -100], 1));
        Assert.Throws<CalmException>(() => ArBatch.Make(tape, [1, 2], [1, 2], 2));
    }

    private static float[] WholeLogits(ArModel model, HostDevice host, int[][] texts)
    {
        using Tape tape = new(host, recording: false);
        int[] ids = [.. texts.SelectMany(text => text)];
        int length = texts[0].Length;
        Tensor hidden = model.Hidden(tape, tape.FromIntegers(ids, new Shape(texts.Length, length)));
        float[] logits = model.Logits(tape, hidden.Reshape(hidden.Rows, hidden.Columns)).ToArray();
        int vocabulary = model.Config.VocabSize;
        return [.. Enumerable.Range(1, texts.Length).SelectMany(
            text => logits[((text * length - 1) * vocabulary)..(text * length * vocabulary)])];
    }

    private static ArModel Random(ArConfig config, HostDevice host)
    {
        ArModel model = new(config);
        model.Parameters.Allocate(host, trainable: true);
        model.Parameters.Initialize(RandomStreams.ArWeights(3));
        return model;
    }

    /// <summary>Embeddings are unit vectors, which the last norm doubles; rows of the output matrix hold half of log p.</summary>
    private static ArModel Chain(HostDevice host)
    {
        ArModel model = new(new ArConfig
        {
            VocabSize = 4, HiddenSize = 4, IntermediateSize = 4, NumHiddenLayers = 1, NumAttentionHeads = 2,
            NumKeyValueHeads = 2, RmsNormEps = 1e-12f,
        });
        model.Parameters.Allocate(host, trainable: false);
        foreach (Parameter parameter in model.Parameters.Parameters)
        {
            float[] values = new float[parameter.Shape.Count];
            string name = parameter.Parts[0].Name;
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = name switch
                {
                    ArModel.TableName => i / 4 == i % 4 ? 1 : 0,
                    ArModel.OutputName => (float)(Math.Log(Transition[i % 4][i / 4]) / 2),
                    _ => name.EndsWith("norm.weight", StringComparison.Ordinal) ? 1 : 0,
                };
            }

            parameter.Value.CopyFrom(values);
        }

        return model;
    }

    /// <summary>Sum over x of P(x1..xn)^2 after v, by n - 1 and v.</summary>
    private static double[][] Collisions()
    {
        double[][] collisions = new double[4][];
        double[] shorter = [1, 1, 1, 1];
        for (int n = 0; n < 4; n++)
        {
            double[] before = shorter;
            shorter = [.. Transition.Select(row => row.Select((p, w) => p * p * before[w]).Sum())];
            collisions[n] = shorter;
        }

        return collisions;
    }

    private sealed class Streamed(ulong seed) : IArUniforms
    {
        public double At(int start, int step, int draw, int sequence) =>
            RandomStreams.ArRollOut(seed, (uint)step).Uniform((ulong)((sequence * 100 + start) * 2 + draw));
    }
}
