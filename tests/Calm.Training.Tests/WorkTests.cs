using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>What ops count while they run is what the formulas say, to the operation.</summary>
public sealed class WorkTests
{
    public static TheoryData<string, bool> Presets => new()
    {
        { "tiny", false }, { "tiny", true }, { "small", false }, { "demo", false }, { "demo", true },
    };

    [Theory]
    [MemberData(nameof(Presets))]
    public void A_step_of_the_language_model_counts_what_the_formula_says(string preset, bool recomputes)
    {
        RunConfig config = Short(Training.Presets.Get(preset), recomputes);
        using HostDevice host = new();
        Work counted = CalmStep(host, config);
        Agree(FlopCount.CalmStep(config.Calm, config.Autoencoder, config.CalmTraining), counted);
        Assert.True(counted.Attention > 0 && counted.Other > 0);
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void A_step_of_the_autoencoder_counts_what_the_formula_says(string preset, bool recomputes)
    {
        RunConfig config = Short(Training.Presets.Get(preset), recomputes);
        using HostDevice host = new();
        Work counted = AutoencoderStep(host, config);
        Agree(FlopCount.AutoencoderStep(config.Autoencoder, config.AutoencoderTraining), counted);
        Assert.Equal(0, counted.Other);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_step_of_the_discrete_model_counts_what_the_formula_says(bool recomputes)
    {
        RunConfig config = Training.Presets.Get("demo");
        TrainingConfig training = config.ArTraining with { BatchSize = 3, ContextTokens = 20, Recompute = recomputes };
        using HostDevice host = new();
        ArModel model = new(config.Ar);
        model.Parameters.Allocate(host, trainable: true);
        model.Parameters.Initialize(RandomStreams.ArWeights(1));
        using Tape tape = new(host) { ReleasesEarly = true, Recomputes = recomputes };
        int[] ids = [.. Enumerable.Range(0, 3 * 20).Select(i => i * 7919 % 250)];
        Work before = host.Work;
        tape.BackwardTo(0, 1, ArObjective.Loss(tape, model, ArBatch.Make(tape, ids, ids, 3)));
        Work counted = host.Work - before;
        Agree(FlopCount.ArStep(config.Ar.Backbone, training), counted);
        Assert.True(counted.Attention > 0);
    }

    [Theory]
    [InlineData("tiny", 1, 1)]
    [InlineData("small", 2, 3)]
    [InlineData("demo", 3, 20)]
    public void Generation_counts_what_the_formula_says(string preset, int sequences, int candidates)
    {
        using HostDevice host = new();
        Generate(host, Training.Presets.Get(preset), sequences, candidates);
    }

    [Fact]
    public void Patches_that_are_known_are_not_encoded_again()
    {
        RunConfig config = Short(Training.Presets.Get("demo"), recomputes: false);
        using HostDevice host = new();
        CalmModel model = Model(config, host);
        EncodedPatches encoded = new(model.Autoencoder);
        foreach (int ids in new[] { 40, 40, 60 })
        {
            int known = encoded.Count;
            Work counted = CalmStep(host, config, model, encoded, ids);
            Work formula = FlopCount.CalmStep(config.Calm, config.Autoencoder, config.CalmTraining, encoded.Count - known);
            Agree(formula, counted);
        }

        Assert.True(encoded.Count > 0);
    }

    [Fact]
    public void The_paper_counts_more_attention_and_conditions_and_less_backward_attention()
    {
        // What docs/flops.md explains: as run against 3 forward passes with every draw's whole head and a full square.
        RunConfig config = Training.Presets.Get("calm-m");
        TrainingConfig one = config.CalmTraining with { BatchSize = 1, ContextPatches = FlopCount.Context + 1 };
        double tokens = (double)FlopCount.Context * config.Calm.PatchSize;
        double run = FlopCount.CalmStep(config.Calm, config.Autoencoder, one).MultiplyAdds / tokens;
        double paper = FlopCount.Calm(config.Calm, config.Autoencoder).TrainingPerToken;
        Assert.InRange(run / paper, 0.8, 1);
    }

    /// <summary>The same shapes with few positions, so that a step takes a moment.</summary>
    private static RunConfig Short(RunConfig config, bool recomputes) => config with
    {
        AutoencoderTraining = config.AutoencoderTraining with { BatchSize = 24, Recompute = recomputes },
        CalmTraining = config.CalmTraining with { BatchSize = 3, ContextPatches = 9, Recompute = recomputes },
    };

    private static CalmModel Model(RunConfig config, Device device)
    {
        Autoencoder autoencoder = new(new ParameterSet(), config.Autoencoder);
        autoencoder.Parameters.Allocate(device, trainable: false);
        autoencoder.Parameters.Initialize(RandomStreams.AutoencoderWeights(1));
        CalmModel model = new(config.Calm, autoencoder);
        model.Parameters.Allocate(device, trainable: true);
        model.Parameters.Initialize(RandomStreams.CalmWeights(1));
        return model;
    }

    internal static Work CalmStep(Device device, RunConfig config) =>
        CalmStep(device, config, Model(config, device), null, config.Calm.VocabSize - 3);

    private static Work CalmStep(Device device, RunConfig config, CalmModel model, EncodedPatches? encoded, int vocabulary)
    {
        TrainingConfig training = config.CalmTraining;
        using Tape tape = new(device) { ReleasesEarly = true, Recomputes = training.Recompute };
        int[] ids = [.. Enumerable.Range(0, training.BatchSize * training.ContextPatches * config.Calm.PatchSize)
            .Select(i => i * 7919 % vocabulary)];
        CalmBatch batch = CalmBatches.Make(tape, ids, ids, training.BatchSize, config.Calm.PatchSize, 0);
        Work before = device.Work;
        CalmObjective.Gradients(tape, model, batch, new CalmNoise(config.Calm, 1, 1), 1, encoded);
        return device.Work - before;
    }

    /// <summary>Reads a prompt and draws three patches, each of which counts what the formula says.</summary>
    internal static void Generate(Device device, RunConfig config, int sequences, int candidates)
    {
        CalmModel model = Model(config, device);
        using CalmGenerator generator = new(model, device, sequences, 8);
        SeededGenerationNoise noise = new(config.Calm, 1);
        int known = 0;
        foreach (int read in new[] { 3, 1, 1 })
        {
            Work before = device.Work;
            generator.Read(new int[sequences * read * config.Calm.PatchSize]);
            generator.Next(1, candidates, noise);
            Agree(
                FlopCount.Generation(config.Calm, config.Autoencoder, sequences, known, read, candidates),
                device.Work - before);
            known += read;
        }
    }

    internal static Work AutoencoderStep(Device device, RunConfig config)
    {
        TrainingConfig training = config.AutoencoderTraining;
        Autoencoder model = new(new ParameterSet(), config.Autoencoder);
        model.Parameters.Allocate(device, trainable: true);
        model.Parameters.Initialize(RandomStreams.AutoencoderWeights(1));
        using Tape tape = new(device) { ReleasesEarly = true, Recomputes = training.Recompute };
        int patches = training.BatchSize;
        int vocabulary = config.Autoencoder.VocabSize;
        int[] ids = [.. Enumerable.Range(0, patches * config.Autoencoder.PatchSize).Select(i => i * 31 % vocabulary)];
        Tensor rows = tape.From([.. Enumerable.Range(0, patches)], new Shape(patches));
        AutoencoderNoise noise = new(1, 1, rows, config.Autoencoder);
        Work before = device.Work;
        AutoencoderObjective.Terms terms = AutoencoderObjective.Loss(
            tape, model, tape.From(ids, new Shape(patches, config.Autoencoder.PatchSize)), noise);
        tape.BackwardTo(0, 1, terms.CrossEntropy, terms.Kl);
        return device.Work - before;
    }

    internal static void Agree(Work formula, Work counted)
    {
        Assert.Equal(formula.Products, counted.Products);
        Assert.Equal(formula.Attention, counted.Attention);
    }
}
