namespace Calm.Cli;

/// <summary>Quality against training FLOPs for several patch sizes K, and for the discrete model.</summary>
internal sealed class PatchSizeStudy : IStudy
{
    private const int Rounds = 6;
    private const double FirstShare = 1.0 / 32;

    // Latent numbers, tokens of a sequence and tokens of an autoencoder's step: those of the demo, for any K.
    private const int LatentPerToken = 12;
    private const int Context = 256;
    private const int AutoencoderTokens = 2048;

    private static readonly int[] Sizes = [1, 2, 4, 8];

    private static readonly StudyArm Discrete = new(
        "discrete", "discrete", Stage.Ar,
        [.. Shape(1), .. StudySettings.Discrete, $"ar_training.context_tokens={Context}"]);

    public string Name => "k";

    public string Title => "Quality against training compute, by patch size";

    public string Question =>
        "A language model over latents of K tokens takes K times fewer steps over a text than one over tokens. Every "
        + "model, one for each K and a discrete transformer of the same width and depth, gets the same number of training "
        + $"FLOPs and is measured on the way. All see the same tokens, in sequences of {Context}, and the same held-out "
        + "documents. FLOPs are those of the language model alone; what its autoencoder took is listed apart.";

    public StudyDesign Design { get; } = new()
    {
        Minutes = 60,
        Settings = StudySettings.LanguageModels,
        Autoencoders =
        [
            .. Sizes.Select(size => new StudyArm(
                $"autoencoder-k{size}", $"autoencoder, K = {size}", Stage.Autoencoder,
                [.. Shape(size), $"autoencoder_training.batch_size={AutoencoderTokens / size}"])),
        ],
        AutoencoderShare = 0.2,
        Arms =
        [
            .. Sizes.Select(size => new StudyArm(
                $"calm-k{size}", $"CALM, K = {size}", Stage.Calm, [], $"autoencoder-k{size}")),
            Discrete,
        ],
        Equal = EqualBudget.Flops,
        Checkpoints = (steps, _) => LogSteps.Between(FirstShare * steps, steps, Rounds),
    };

    public StudyFindings Conclude(StudyRecord record)
    {
        IReadOnlyList<StudyArm> arms = record.Design.Arms;
        return new StudyFindings(
            [
                new Plot(
                    "BrierLM against training FLOPs", "training FLOPs", "BrierLM x 100",
                    [.. arms.Select(arm => StudyCharts.Curve(record, arm, "flops", dashed: arm == Discrete))])
                {
                    LogarithmicAcross = true,
                },
            ],
            [Quality(record), Costs(record), Autoencoders(record)], [.. Conclusions(record)]);
    }

    private static string[] Shape(int size) =>
    [
        $"autoencoder.patch_size={size}", $"calm.patch_size={size}", $"autoencoder.latent_size={LatentPerToken * size}",
        $"calm.latent_size={LatentPerToken * size}", $"calm_training.context_patches={Context / size}",
    ];

    private static MarkdownTable Quality(StudyRecord record) => new(
        "At the end of the last round that all models have done: BrierLM times 100 with its interval.",
        ["model", "training FLOPs", "tokens", "seconds", "BrierLM"],
        [
            .. record.Design.Arms.Select(arm => (arm, last: record.Last(arm))).Select(one => (string[])
            [
                one.arm.Label, Readable.Short(one.last["flops"]), Readable.Short(one.last["tokens"]),
                Readable.Fixed(one.last["seconds"], 1), Conclusion.Describe(one.last.BrierLm),
            ]),
        ]);

    private static MarkdownTable Costs(StudyRecord record) => new(
        "Training cost of a token: by the formula of docs/flops.md, counted from the ops that ran, and in time. The "
        + "formula encodes every target; a run on the host remembers the patches that it has encoded.",
        ["model", "FLOPs by formula", "FLOPs counted", "counted / formula", "formula, to K = 1", "microseconds"],
        [.. record.Design.Arms.Select(arm => CostRow(record, arm))]);

    private static string[] CostRow(StudyRecord record, StudyArm arm)
    {
        (double formula, double counted) = PerToken(record, arm);
        Measurement last = record.Last(arm);
        return
        [
            arm.Label, Readable.Short(formula), Readable.Short(counted), Readable.Fixed(counted / formula, 3),
            Readable.Fixed(formula / PerToken(record, record.Design.Arms[0]).Formula, 3),
            Readable.Short(1e6 * last["seconds"] / last["tokens"]),
        ];
    }

    /// <summary>Training FLOPs of a token.</summary>
    private static (double Formula, double Counted) PerToken(StudyRecord record, StudyArm arm)
    {
        ArmCost cost = record.Plan(arm).Cost;
        Measurement last = record.Last(arm);
        return (cost.FlopsPerStep / cost.TokensPerStep, last["flopsCounted"] / last["tokens"]);
    }

    private static MarkdownTable Autoencoders(StudyRecord record) => new(
        "The autoencoders, trained for the same time each: share of held-out tokens that come back, from the mean of the "
        + "latent and with Gaussian noise of 0.3 added, with intervals over documents.",
        ["autoencoder", "steps", "tokens back", "with noise", "training FLOPs"],
        [
            .. record.Design.Autoencoders.Select(arm => (arm, measured: record.Autoencoder(arm))).Select(one => (string[])
            [
                one.arm.Label, Readable.Count(one.measured.Step), Conclusion.Percent(one.measured.Estimate("accuracy")),
                Conclusion.Percent(one.measured.Estimate("accuracyPerturbed")), Readable.Short(one.measured["flops"]),
            ]),
        ]);

    private static IEnumerable<string> Conclusions(StudyRecord record)
    {
        IReadOnlyList<StudyArm> arms = record.Design.Arms;
        yield return "At equal training FLOPs: "
            + Conclusion.Best([.. arms.Select(arm => (arm.Label, record.Last(arm).BrierLm))], "BrierLM");
        for (int i = 1; i < arms.Count; i++)
        {
            yield return Conclusion.Compare(
                arms[i].Label, record.Last(arms[i]).BrierLm, arms[i - 1].Label, record.Last(arms[i - 1]).BrierLm, "BrierLM");
        }

        yield return Costs([.. Sizes.Select((size, i) => (size, PerToken(record, arms[i])))]);
    }

    /// <summary>Whether a token costs less in training the larger K is, by the formula and as counted.</summary>
    internal static string Costs(IReadOnlyList<(int PatchSize, (double Formula, double Counted) PerToken)> models)
    {
        (int, double)[] formula = [.. models.Select(model => (model.PatchSize, model.PerToken.Formula))];
        (int, double)[] counted = [.. models.Select(model => (model.PatchSize, model.PerToken.Counted))];
        double[] ratios = [.. models.Select(model => model.PerToken.Counted / model.PerToken.Formula)];
        return $"Training FLOPs of a token, for K = {string.Join(", ", models.Select(model => model.PatchSize))}: by the "
            + $"formula they {Fall(formula)}; " + (ratios.All(double.IsFinite)
                ? $"as counted they {Fall(counted)}, {Readable.Fixed(ratios.Min(), 3)} to {Readable.Fixed(ratios.Max(), 3)} "
                + "times the formula."
                : "they were not counted.");
    }

    private static string Fall((int PatchSize, double Flops)[] models)
    {
        string[] rises =
        [
            .. models.Zip(models.Skip(1)).Where(pair => pair.Second.Flops >= pair.First.Flops)
                .Select(pair => $"from {pair.First.PatchSize} to {pair.Second.PatchSize}"),
        ];
        string numbers = string.Join(", ", models.Select(model => Readable.Short(model.Flops)));
        return (rises.Length == 0 ? "fall with every larger K" : $"do not fall {string.Join(" and ", rises)}")
            + $" ({numbers})";
    }
}
