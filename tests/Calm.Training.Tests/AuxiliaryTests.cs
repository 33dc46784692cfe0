using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>The auxiliary cross-entropy: where its gradient goes, and that a model without it is as it was.</summary>
public sealed class AuxiliaryTests
{
    private static readonly AutoencoderConfig Shape = new()
    {
        HiddenSize = 8, IntermediateSize = 12, LatentSize = 8, VocabSize = 40, BosTokenId = 37, EosTokenId = 38,
        PadTokenId = 39,
    };

    private static readonly CalmConfig Small = new()
    {
        HiddenSize = 8, IntermediateSize = 12, LatentSize = 8, VocabSize = 40, NumHiddenLayers = 1, NumAttentionHeads = 2,
        NumKeyValueHeads = 2, NumMlpLayers = 1, NoiseSize = 4, NumSamples = 2, NumTargets = 3, InitializerRange = 0.1f,
        BosTokenId = 37, EosTokenId = 38, PadTokenId = 39,
    };

    [Fact]
    public void Without_it_parameters_and_loss_are_the_same_bits()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        CalmModel plain = Model(Small, host);
        CalmModel helped = Model(Small with { AuxiliaryWeight = 2 }, host);
        Assert.DoesNotContain(plain.Parameters.Parameters, p => p.Parts[0].Name.Contains("auxiliary", StringComparison.Ordinal));
        foreach ((Parameter a, Parameter b) in plain.Parameters.Parameters.Zip(helped.Parameters.Parameters))
        {
            Assert.Equal(a.Value.ToArray(), b.Value.ToArray());
        }

        LossTerm without = Assert.Single(Loss(tape, plain));
        LossTerm[] with = Loss(tape, helped);
        Assert.Equal(2, with.Length);
        Assert.All(with, term => Assert.Equal(1, term.Weight));
        Assert.Equal(without.Value.ToArray(), with[0].Value.ToArray());
        Assert.InRange(with[1].Value.ToArray()[0] / 2, 0.8 * Math.Log(40), 1.2 * Math.Log(40));
    }

    [Fact]
    public void Its_gradient_reaches_the_transformer_and_not_the_energy_head()
    {
        using HostDevice host = new(1);
        using Tape tape = new(host);
        CalmModel model = Model(Small with { AuxiliaryWeight = 2 }, host);
        tape.Backward(Loss(tape, model)[1]);
        foreach (Parameter parameter in model.Parameters.Parameters)
        {
            bool reached = parameter.HasGradient && parameter.Value.Gradient!.ToArray().Any(g => g != 0);
            string name = parameter.Parts[0].Name;
            Assert.True(reached != name.StartsWith("generative_head", StringComparison.Ordinal), $"{name}: {reached}");
        }
    }

    private static CalmModel Model(CalmConfig config, Device device)
    {
        Autoencoder autoencoder = new(new ParameterSet(), Shape);
        autoencoder.Parameters.Allocate(device, trainable: false);
        autoencoder.Parameters.Initialize(RandomStreams.AutoencoderWeights(1));
        CalmModel model = new(config, autoencoder);
        model.Parameters.Allocate(device, trainable: true);
        model.Parameters.Initialize(RandomStreams.CalmWeights(1));
        return model;
    }

    private static LossTerm[] Loss(Tape tape, CalmModel model)
    {
        int[] ids = [.. Enumerable.Range(0, 2 * 5 * 4).Select(i => i * 7 % 37)];
        CalmBatch batch = CalmBatches.Make(tape, ids, ids, 2, 4, 0);
        return CalmObjective.Loss(tape, model, batch, new CalmNoise(model.Config, 1, 1));
    }
}
