using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>The transformer's input for a patch: its tokens, its latent, or both.</summary>
public sealed class PatchInputTests : IDisposable
{
    private const int Sequences = 2;
    private const int Patches = 6;

    private static readonly AutoencoderConfig Sizes = new() { HiddenSize = 16, IntermediateSize = 24, LatentSize = 8 };

    private readonly HostDevice _host = new(2);

    public void Dispose() => _host.Dispose();

    [Fact]
    public void A_model_has_the_parameters_of_what_it_reads()
    {
        Assert.Equal((true, false), Has(PatchInput.Tokens));
        Assert.Equal((false, true), Has(PatchInput.Latents));
        Assert.Equal((true, true), Has(PatchInput.Both));

        (bool Tokens, bool Latents) Has(PatchInput input)
        {
            HashSet<string> names =
                [.. Model(input).Parameters.Parameters.SelectMany(p => p.Parts).Select(part => part.Name)];
            Assert.Equal(names.Contains("transformer.embed_tokens.weight"), names.Contains("embed_proj.0.weight"));
            return (names.Contains("embed_proj.0.weight"), names.Contains("embed_proj.latent.weight"));
        }
    }

    /// <summary>The first layer's matrices and the token table, to the number.</summary>
    [Fact]
    public void The_formula_counts_what_a_model_has()
    {
        foreach (PatchInput input in new[] { PatchInput.Latents, PatchInput.Both })
        {
            double formula = Formula(input).Parameters - Formula(PatchInput.Tokens).Parameters;
            Assert.Equal(Model(input).Parameters.Count - Model(PatchInput.Tokens).Parameters.Count, formula);
            Assert.NotEqual(Formula(PatchInput.Tokens).InferencePerToken, Formula(input).InferencePerToken);
        }

        FlopCount.Cost Formula(PatchInput input) => FlopCount.Calm(Model(input).Config, Sizes);
    }

    [Theory]
    [InlineData("Tokens")]
    [InlineData("Latents")]
    [InlineData("Both")]
    public void Reading_patch_by_patch_with_a_cache_gives_the_bits_of_the_whole(string input)
    {
        CalmModel model = Model(Enum.Parse<PatchInput>(input));
        using Tape tape = new(_host, recording: false);
        using Arena arena = new(_host, "test");
        KeyValueCache[] caches = model.CreateCaches(arena, 1, Patches);
        int[] ids = Ids()[..(Patches * 4)];
        float[] whole = model.Hidden(tape, tape.FromIntegers(ids, new Shape(1, Patches, 4))).ToArray();
        List<float> steps = [];
        for (int patch = 0; patch < Patches; patch++)
        {
            Tensor one = tape.FromIntegers(ids.AsSpan(patch * 4, 4), new Shape(1, 1, 4));
            steps.AddRange(model.Hidden(tape, one, caches).ToArray());
        }

        Assert.Equal(whole, steps);
    }

    [Theory]
    [InlineData("Latents")]
    [InlineData("Both")]
    public void Known_latents_change_no_bit_and_gradients_stop_at_the_encoder(string input)
    {
        CalmModel model = Model(Enum.Parse<PatchInput>(input));
        (float loss, float[] gradients) = Step(model, null);
        (float again, float[] same) = Step(model, new EncodedPatches(model.Autoencoder));
        Assert.Equal(loss, again);
        Assert.Equal(gradients, same);
        Parameter latent = model.Parameters.Parameters.Single(p => p.Parts[0].Name == "embed_proj.latent.weight");
        Assert.Contains(latent.Value.Gradient!.ToArray(), value => value != 0);
        Assert.Null(model.Autoencoder.Parameters.Gradients);
        Assert.Null(model.Autoencoder.TokenTable.Gradient);
    }

    [Theory]
    [InlineData("Latents")]
    [InlineData("Both")]
    public void Gradients_in_parts_and_with_layers_that_run_twice_are_those_of_the_whole(string input)
    {
        CalmModel model = Model(Enum.Parse<PatchInput>(input));
        (float loss, float[] whole) = Step(model, null);
        model.Parameters.ForgetGradients();
        using Tape tape = new(_host) { ReleasesEarly = true, Recomputes = true };
        LossTerm[] terms = CalmObjective.Loss(tape, model, Batch(tape), new CalmNoise(model.Config, 1, 1));
        tape.Backward(terms);
        Assert.Equal(loss, LossTerm.Sum(terms), 1e-5 * loss);
        float[] parts = model.Parameters.Gradients!.ToArray();
        double norm = Math.Sqrt(whole.Sum(value => (double)value * value));
        Assert.InRange(Math.Sqrt(whole.Zip(parts, (a, b) => Math.Pow((double)a - b, 2)).Sum()) / norm, 0, 1e-5);
    }

    /// <summary>The loss moves with the first layer over latents as its gradient says.</summary>
    [Fact]
    public void The_gradient_of_the_latents_matrix_is_that_of_the_loss()
    {
        CalmModel model = Model(PatchInput.Both);
        Step(model, null);
        Tensor weight = model.Parameters.Parameters.Single(p => p.Parts[0].Name == "embed_proj.latent.weight").Value;
        float[] gradient = weight.Gradient!.ToArray();
        double square = gradient.Sum(value => (double)value * value);
        float[] start = weight.ToArray();
        float step = (float)(0.01 / Math.Sqrt(square));
        double slope = (At(step) - At(-step)) / (2 * step);
        Assert.Equal(square, slope, 0.02 * square);

        double At(float distance)
        {
            weight.CopyFrom([.. start.Zip(gradient, (w, g) => w + distance * g)]);
            return Step(model, null).Loss;
        }
    }

    private (float Loss, float[] Gradients) Step(CalmModel model, EncodedPatches? encoded)
    {
        model.Parameters.ForgetGradients();
        using Tape tape = new(_host);
        LossTerm term = Assert.Single(
            CalmObjective.Loss(tape, model, Batch(tape), new CalmNoise(model.Config, 1, 1), encoded));
        float loss = term.Value.ToArray()[0];
        tape.Backward(term);
        return (loss, model.Parameters.Gradients!.ToArray());
    }

    private static CalmBatch Batch(Tape tape) => CalmBatches.Make(tape, Ids(), Ids(), Sequences, 4, 0);

    private static int[] Ids() => [.. Enumerable.Range(0, Sequences * Patches * 4).Select(i => i * i * 7 % 256)];

    private CalmModel Model(PatchInput input)
    {
        Autoencoder autoencoder = new(new ParameterSet(), Sizes);
        autoencoder.Parameters.Allocate(_host, trainable: false);
        autoencoder.Parameters.Initialize(RandomStreams.AutoencoderWeights(1));
        CalmModel model = new(
            new CalmConfig
            {
                HiddenSize = 16, IntermediateSize = 24, LatentSize = 8, NumHiddenLayers = 2, NumAttentionHeads = 2,
                NumKeyValueHeads = 2, NumMlpLayers = 1, NoiseSize = 8, NumSamples = 4, NumTargets = 10,
                InitializerRange = 0.2f, Input = input,
            },
            autoencoder);
        model.Parameters.Allocate(_host, trainable: true);
        model.Parameters.Initialize(RandomStreams.CalmWeights(1));

        // The head's last layer starts at zero, behind which nothing has a gradient.
        const string name = "generative_head.final_layer.linears.2.weight";
        Tensor last = model.Parameters.Parameters.Single(p => p.Parts[0].Name == name).Value;
        last.CopyFrom([.. Enumerable.Range(0, (int)last.Count).Select(i => MathF.Sin(i))]);
        return model;
    }
}
