using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>The operations that ops count agree with the formulas, to the operation.</summary>
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
    [InlineData("Diffusion", "Tokens", "tiny", false)]
    [InlineData("Diffusion", "Both", "demo", true)]
    [InlineData("Flow", "Tokens", "demo", true)]
    [InlineData("Flow", "Latents", "tiny", false)]
    [InlineData("Energy", "Latents", "tiny", true)]
    [InlineData("Energy", "Both", "demo", false)]
    public void A_step_of_any_head_and_input_counts_what_the_formula_says(
        string head, string input, string preset, bool recomputes)
    {
        RunConfig config = Short(With(Training.Presets.Get(preset), head, input), recomputes);
        using HostDevice host = new();
        Work counted = CalmStep(host, config);
        Agree(FlopCount.CalmStep(config.Calm, config.Autoencoder, config.CalmTraining), counted);
        Assert.Equal(head == "Energy", counted.Other > 0);
    }

    [Theory]
    [InlineData("tiny", 4, false, false)]
    [InlineData("tiny", 2, true, true)]
    [InlineData("demo", 1, false, true)]
    public void A_step_of_the_discrete_model_counts_what_the_formula_says(
        string preset, int keyValueHeads, bool ties, bool recomputes)
    {
        RunConfig config = Discrete(preset, keyValueHeads, ties);
        TrainingConfig training = config.ArTraining with { BatchSize = 3, ContextTokens = 21, Recompute = recomputes };
        using HostDevice host = new();
        ArModel model = Model(config.Ar, host);
        using Tape tape = new(host) { ReleasesEarly = true, Recomputes = recomputes };
        int[] ids = [.. Enumerable.Range(0, 3 * 21).Select(i => i * 31 % config.Ar.VocabSize)];
        ArBatch batch = ArBatch.Make(tape, ids, ids, training.BatchSize);
        Work before = host.Work;
        tape.Backward(ArObjective.Loss(tape, model, batch));
        Agree(FlopCount.ArStep(config.Ar, training), host.Work - before);
        Assert.Equal(before.Other, host.Work.Other);
    }

    [Theory]
    [InlineData("tiny", 1)]
    [InlineData("demo", 3)]
    public void Generation_by_the_discrete_model_counts_what_the_formula_says(string preset, int sequences)
    {
        RunConfig config = Discrete(preset, keyValueHeads: 2, ties: false);
        using HostDevice host = new();
        using ArGenerator generator = new(Model(config.Ar, host), host, sequences, 8, seed: 1);
        int known = 0;
        foreach (int read in new[] { 5, 1, 1 })
        {
            Work before = host.Work;
            generator.Read(new int[sequences * read]);
            Agree(FlopCount.ArGeneration(config.Ar, sequences, known, read), host.Work - before);
            known += read;
        }
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
    [InlineData("tiny", 1, 1)]
    [InlineData("small", 2, 3)]
    [InlineData("demo", 3, 20)]
    public void Generation_counts_what_the_formula_says(string preset, int sequences, int candidates)
    {
        using HostDevice host = new();
        Generate(host, Training.Presets.Get(preset), sequences, candidates);
    }

    [Theory]
    [InlineData("Diffusion", "Tokens", 1, 1)]
    [InlineData("Diffusion", "Latents", 2, 3)]
    [InlineData("Flow", "Tokens", 2, 3)]
    [InlineData("Flow", "Both", 1, 1)]
    [InlineData("Energy", "Both", 1, 5)]
    public void Generation_by_any_head_and_input_counts_what_the_formula_says(
        string head, string input, int sequences, int candidates)
    {
        using HostDevice host = new();
        Generate(host, With(Training.Presets.Get("tiny"), head, input), sequences, candidates);
    }

    [Theory]
    [InlineData("Tokens")]
    [InlineData("Latents")]
    [InlineData("Both")]
    public void Patches_that_are_known_are_not_encoded_again(string input)
    {
        RunConfig config = Short(With(Training.Presets.Get("demo"), "Energy", input), recomputes: false);
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
        // See docs/flops.md: as run, against 3 forward passes with every draw's whole head and full attention.
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

    private static RunConfig With(RunConfig config, string head, string input) => config with
    {
        Calm = config.Calm with { Head = Enum.Parse<HeadKind>(head), Input = Enum.Parse<PatchInput>(input) },
    };

    private static RunConfig Discrete(string preset, int keyValueHeads, bool ties)
    {
        RunConfig config = Training.Presets.Get(preset);
        return config with { Ar = config.Ar with { NumKeyValueHeads = keyValueHeads, TieWordEmbeddings = ties } };
    }

    private static ArModel Model(ArConfig config, Device device)
    {
        ArModel model = new(config);
        model.Parameters.Allocate(device, trainable: true);
        model.Parameters.Initialize(RandomStreams.ArWeights(1));
        return model;
    }

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
        tape.Backward(CalmObjective.Loss(tape, model, batch, new CalmNoise(config.Calm, 1, 1), encoded));
        return device.Work - before;
    }

    /// <summary>Reads a prompt and draws three patches, each of which counts what the formula says.</summary>
    internal static void Generate(Device device, RunConfig config, int sequences, int candidates)
    {
        CalmModel model = Model(config, device);
        using CalmGenerator generator = new(model, device);
        CalmSequence[] texts =
        [
            .. Enumerable.Range(0, sequences).Select(_ => generator.Begin(
                new BatchSampler(1, candidates), new SeededNoise(config.Calm, 1), 8)),
        ];
        int known = 0;
        foreach (int read in new[] { 3, 1, 1 })
        {
            Work before = device.Work;
            foreach (CalmSequence text in texts)
            {
                generator.Read(text, new int[read * config.Calm.PatchSize]);
                generator.Candidates(text, 0, candidates);
            }

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
        Tensor rows = tape.FromIntegers([.. Enumerable.Range(0, patches)], new Shape(patches));
        AutoencoderNoise noise = new(1, 1, rows, config.Autoencoder);
        Work before = device.Work;
        AutoencoderObjective.Terms terms = AutoencoderObjective.Loss(
            tape, model, tape.FromIntegers(ids, new Shape(patches, config.Autoencoder.PatchSize)), noise);
        tape.Backward(terms.CrossEntropy, terms.Kl);
        return device.Work - before;
    }

    internal static void Agree(Work formula, Work counted)
    {
        Assert.Equal(formula.Products, counted.Products);
        Assert.Equal(formula.Attention, counted.Attention);
    }
}
