using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>The ways to make the gradients of a step agree: whole, in parts, and with layers run twice.</summary>
public sealed class GradientTests : IDisposable
{
    // 4 * 63 positions of 8 draws: the head sees them in two parts.
    private const int Sequences = 4;
    private const int Patches = 64;

    private static readonly CalmConfig Sizes = new()
    {
        HiddenSize = 32, IntermediateSize = 48, NumHiddenLayers = 2, NumAttentionHeads = 2, NumKeyValueHeads = 2,
        LatentSize = 8, NumMlpLayers = 2, NoiseSize = 16, NumTargets = 5, InitializerRange = 0.1f,
    };

    private readonly HostDevice _host = new(2);
    private readonly CalmModel _model;

    public GradientTests()
    {
        Autoencoder autoencoder = new(
            new ParameterSet(), new AutoencoderConfig { HiddenSize = 32, IntermediateSize = 48, LatentSize = 8 });
        autoencoder.Parameters.Allocate(_host, trainable: false);
        autoencoder.Parameters.Initialize(RandomStreams.AutoencoderWeights(1));
        _model = new CalmModel(Sizes, autoencoder);
        _model.Parameters.Allocate(_host, trainable: true);
        _model.Parameters.Initialize(RandomStreams.CalmWeights(1));
    }

    public void Dispose() => _host.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void In_parts_they_are_those_of_the_whole(bool hasPadding)
    {
        using Tape tape = new(_host);
        LossTerm[] terms = CalmObjective.Loss(tape, _model, Batch(tape, hasPadding), new CalmNoise(Sizes, 1, 1));
        tape.Backward(Assert.Single(terms));
        float[] whole = Gradients();
        double loss = LossTerm.Sum(terms);

        (double lossInParts, float[] inParts, _) = InParts(hasPadding, recomputes: false);
        Assert.InRange(lossInParts / loss, 1 - 1e-6, 1 + 1e-6);
        double norm = Math.Sqrt(whole.Sum(value => (double)value * value));
        double difference = Math.Sqrt(whole.Zip(inParts, (a, b) => Math.Pow((double)a - b, 2)).Sum());
        Assert.InRange(difference / norm, 0, 1e-5);
    }

    [Fact]
    public void Layers_that_run_twice_change_no_bit_and_take_less_memory()
    {
        (double loss, float[] gradients, long kept) = InParts(hasPadding: false, recomputes: false);
        (double lossAgain, float[] again, long recomputed) = InParts(hasPadding: false, recomputes: true);
        Assert.Equal(loss, lossAgain);
        Assert.Equal(gradients, again);
        Assert.InRange(recomputed, 1, kept - 1);
    }

    private (double Loss, float[] Gradients, long Peak) InParts(bool hasPadding, bool recomputes)
    {
        using Tape tape = new(_host) { ReleasesEarly = true, Recomputes = recomputes };
        LossTerm[] terms = CalmObjective.Loss(tape, _model, Batch(tape, hasPadding), new CalmNoise(Sizes, 1, 1));
        Assert.Equal(2, terms.Length);
        tape.Backward(terms);
        return (LossTerm.Sum(terms), Gradients(), tape.Ledger.Peak);
    }

    private CalmBatch Batch(Tape tape, bool hasPadding)
    {
        _model.Parameters.ForgetGradients();
        Random random = new(1);
        int[] ids = new int[Sequences * Patches * Sizes.PatchSize];
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = random.Next(256);
        }

        int[] labels = [.. ids];
        if (hasPadding)
        {
            labels.AsSpan(^(10 * Sizes.PatchSize)..).Fill(CalmBatches.Ignored);
        }

        return CalmBatches.Make(tape, ids, labels, Sequences, Sizes.PatchSize, 0);
    }

    private float[] Gradients() => _model.Parameters.Gradients!.ToArray();
}
