using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>The heads that denoise: gradients in parts, bits for any threads and splits, checkpoints and constants.</summary>
public sealed class HeadTests
{
    private const int Sequences = 2;
    private const int Patches = 40;

    private static readonly AutoencoderConfig Shape = new()
    {
        HiddenSize = 16, IntermediateSize = 24, LatentSize = 8, VocabSize = 64, BosTokenId = 61, EosTokenId = 62,
        PadTokenId = 63,
    };

    private static readonly CalmConfig Small = new()
    {
        HiddenSize = 16, IntermediateSize = 24, LatentSize = 8, VocabSize = 64, NumHiddenLayers = 1, NumAttentionHeads = 2,
        NumKeyValueHeads = 2, NumMlpLayers = 2, NoiseSize = 4, NumSamples = 16, NumTargets = 3, InitializerRange = 0.1f,
        BosTokenId = 61, EosTokenId = 62, PadTokenId = 63,
    };

    public static TheoryData<string> Denoising => ["diffusion", "flow"];

    public static TheoryData<string> All => ["energy", "diffusion", "flow"];

    [Theory]
    [MemberData(nameof(Denoising))]
    public void Gradients_in_parts_are_those_of_the_whole(string head)
    {
        using HostDevice host = new(2);
        CalmModel model = Model(head, host);
        using Tape tape = new(host);
        LossTerm[] terms = CalmObjective.Loss(tape, model, Batch(tape, model), new CalmNoise(model.Config, 1, 1));
        tape.Backward(Assert.Single(terms));
        float[] whole = model.Parameters.Gradients!.ToArray();
        double loss = LossTerm.Sum(terms);

        (double lossInParts, float[] inParts) = InParts(model, host, recomputes: false);
        Assert.InRange(lossInParts / loss, 1 - 1e-6, 1 + 1e-6);
        double norm = Math.Sqrt(whole.Sum(value => (double)value * value));
        double difference = Math.Sqrt(whole.Zip(inParts, (a, b) => Math.Pow((double)a - b, 2)).Sum());
        Assert.InRange(difference / norm, 0, 1e-5);
        Assert.Equal(inParts, InParts(model, host, recomputes: true).Gradients);
    }

    [Theory]
    [MemberData(nameof(Denoising))]
    public void Gradients_have_the_same_bits_with_any_number_of_threads(string head)
    {
        float[] Bits(int threads)
        {
            using HostDevice host = new(threads);
            return InParts(Model(head, host), host, recomputes: false).Gradients;
        }

        float[] one = Bits(1);
        Assert.Contains(one, value => value != 0);
        Assert.Equal(one, Bits(2));
        Assert.Equal(one, Bits(3));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Draws_do_not_depend_on_what_is_drawn_with_them(string head)
    {
        using HostDevice host = new(2);
        CalmModel model = Model(head, host, bound: 0);
        using Tape tape = new(host, recording: false);
        float[] hidden = [.. Enumerable.Range(0, 5 * model.Config.HiddenSize).Select(i => MathF.Sin(i))];
        float[] together = Draw([0, 1, 2, 3, 4]);
        float[] apart = [.. Draw([0, 1]), .. Draw([2]), .. Draw([3, 4])];
        Assert.Equal(together, apart);
        Assert.Equal(together.Length, together.Distinct().Count());

        float[] Draw(int[] rows)
        {
            int width = model.Config.HiddenSize;
            float[] chosen = [.. rows.SelectMany(row => hidden.Skip(row * width).Take(width))];
            Tensor places = tape.FromIntegers(rows, new Shape(rows.Length));
            Tensor noise = DrawNoise.Make(tape, model.Config, places, 3, RandomStreams.GenerationNoise(5, 0));
            return model.Draw(tape, tape.From(chosen, new Shape(rows.Length, width)), noise).ToArray();
        }
    }

    [Theory]
    [MemberData(nameof(Denoising))]
    public void Noise_of_training_does_not_depend_on_the_batch_s_split(string head)
    {
        using HostDevice host = new(1);
        using Tape tape = new(host, recording: false);
        CalmConfig config = Model(head, host).Config;
        DenoisingRows whole = Rows([3, 4, 5, 6]);
        DenoisingRows first = Rows([3, 4]);
        DenoisingRows second = Rows([5, 6]);
        Assert.Equal(whole.Times, (float[])[.. first.Times, .. second.Times]);
        Assert.Equal(whole.Noise.ToArray(), (float[])[.. first.Noise.ToArray(), .. second.Noise.ToArray()]);
        Assert.Equal(whole.Latents.ToArray(), (float[])[.. first.Latents.ToArray(), .. second.Latents.ToArray()]);
        Assert.All(whole.Steps, step => Assert.InRange(step, 0, DenoisingNet.Times - 1));

        DenoisingRows Rows(int[] positions)
        {
            Tensor zeros = tape.Rent(new Shape(positions.Length, config.LatentSize), "test");
            zeros.Clear();
            return new CalmNoise(config, 1, 2).Rows(tape, zeros, zeros, tape.FromIntegers(positions, new Shape(positions.Length)));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Checkpoints_tell_their_head(string head)
    {
        using HostDevice host = new(1);
        using TemporaryFolder folder = new();
        CalmModel model = Model(head, host);
        Directory.CreateDirectory(folder["model"]);
        ModelFolder.Write(new CheckpointWriter(folder["model"]), model);

        // As published, where the configuration does not say which head it is.
        string file = Path.Combine(folder["model"], ModelFolder.ConfigFile);
        Assert.Contains($"\"head\": \"{head}\"", File.ReadAllText(file), StringComparison.Ordinal);
        File.WriteAllText(file, File.ReadAllText(file).Replace($"\"head\": \"{head}\",", "", StringComparison.Ordinal));
        CalmModel read = PublishedCheckpoint.LoadCalm(folder["model"], host);
        Assert.Equal(model.Config.Head, read.Config.Head);
        Assert.Equal(model.Parameters.Values!.ToArray(), read.Parameters.Values!.ToArray());
    }

    [Fact]
    public void Weights_begin_as_published()
    {
        using HostDevice host = new(1);
        CalmModel model = Model("flow", host, initialized: true);
        foreach (Parameter parameter in model.Parameters.Parameters.Where(p => p.Parts[0].Name.Contains(".net.")))
        {
            string name = parameter.Parts[0].Name;
            double[] values = [.. parameter.Value.ToArray().Select(v => (double)v)];
            bool isZero = name.EndsWith("bias", StringComparison.Ordinal) || name.Contains("adaLN", StringComparison.Ordinal)
                || name.Contains("final_layer", StringComparison.Ordinal);
            double expected = isZero ? 0
                : name.EndsWith("in_ln.weight", StringComparison.Ordinal) ? 1
                : name.Contains("time_embed", StringComparison.Ordinal) ? 0.02
                : Math.Sqrt(2.0 / (parameter.Shape.Rows + parameter.Shape.Columns));
            double deviation = Math.Sqrt(values.Average(v => v * v));
            Assert.InRange(deviation, 0.85 * expected, 1.15 * expected);
            if (!isZero && expected is not (1 or 0.02))
            {
                Assert.InRange(values.Max(Math.Abs), 0, Math.Sqrt(3) * expected); // uniform has an end
            }
        }
    }

    [Theory]
    [InlineData("diffusion", 100)]
    [InlineData("flow", 20)]
    public void Costs_count_every_evaluation(string head, int evaluations)
    {
        CalmConfig config = Small with { Head = Enum.Parse<HeadKind>(head, ignoreCase: true) };
        HeadCost cost = HeadCost.Of(config);
        using HostDevice host = new(1);
        long matrices = Model(head, host).Parameters.Parameters
            .Where(p => p.Parts[0].Name.Contains(".net.") && p.Shape.Rank == 2).Sum(p => p.Shape.Count);
        Assert.Equal(matrices, cost.Weights);
        Assert.Equal(matrices, cost.Training(1));
        Assert.Equal(evaluations * cost.PerDraw, cost.Drawing(2) - cost.Drawing(1), 1e-6 * cost.Drawing(1));
        Assert.Equal(cost.PerPosition + evaluations * (matrices - cost.PerPosition), cost.Drawing(1));
    }

    [Theory]
    [InlineData(6, 0, 8)]
    [InlineData(2, 0, 4)]
    [InlineData(0, 20, double.PositiveInfinity)]
    public void A_diffusion_that_sees_no_noise_yet_draws_latents_within_its_bound(float bound, double least, double most)
    {
        using HostDevice host = new(1);
        CalmModel model = Model("diffusion", host, initialized: true, bound);
        using Tape tape = new(host, recording: false);
        Tensor places = tape.FromIntegers([0, 1, 2], new Shape(3));
        Tensor noise = DrawNoise.Make(tape, model.Config, places, 4, RandomStreams.GenerationNoise(5, 0));
        Tensor hidden = tape.From(new float[3 * model.Config.HiddenSize], new Shape(3, model.Config.HiddenSize));
        Assert.InRange(model.Draw(tape, hidden, noise).ToArray().Max(Math.Abs), least, most);
    }

    private static CalmModel Model(string head, Device device, bool initialized = false, float bound = 6)
    {
        Autoencoder autoencoder = new(new ParameterSet(), Shape, PublishedCheckpoint.AutoencoderPrefix);
        autoencoder.Parameters.Allocate(device, trainable: false);
        autoencoder.Parameters.Initialize(RandomStreams.AutoencoderWeights(1));
        CalmModel model = new(Small with { Head = Enum.Parse<HeadKind>(head, ignoreCase: true), LatentBound = bound }, autoencoder);
        model.Parameters.Allocate(device, trainable: true);
        model.Parameters.Initialize(RandomStreams.CalmWeights(1));
        if (!initialized)
        {
            Shake(model.Parameters); // outputs that begin at zero would hide what is before them
        }

        return model;
    }

    private static void Shake(ParameterSet parameters)
    {
        RandomStream stream = new(7, 7, 7);
        ulong index = 0;
        foreach (Parameter parameter in parameters.Parameters)
        {
            float[] values = parameter.Value.ToArray();
            parameter.Value.CopyFrom(values.Select(v => v + 0.1f * stream.Normal(index++)).ToArray());
        }
    }

    private static (double Loss, float[] Gradients) InParts(CalmModel model, HostDevice host, bool recomputes)
    {
        model.Parameters.ForgetGradients();
        using Tape tape = new(host) { ReleasesEarly = true, Recomputes = recomputes };
        LossTerm[] terms = CalmObjective.Loss(tape, model, Batch(tape, model), new CalmNoise(model.Config, 1, 1));
        Assert.Equal(2, terms.Length);
        tape.Backward(terms);
        return (LossTerm.Sum(terms), model.Parameters.Gradients!.ToArray());
    }

    private static CalmBatch Batch(Tape tape, CalmModel model)
    {
        int[] ids = [.. Enumerable.Range(0, Sequences * Patches * model.Config.PatchSize).Select(i => i * i % 61)];
        return CalmBatches.Make(tape, ids, ids, Sequences, model.Config.PatchSize, 0);
    }
}
