using System.Globalization;

namespace Calm.Cli;

/// <summary>
/// Ablation of the autoencoder's regularisers: effects on the autoencoder and on a language model over its latents.
/// </summary>
internal sealed class RegularizersStudy : IStudy
{
    private const int Rounds = 3;
    private const double FirstShare = 1.0 / 4;

    private static readonly double[] Sigmas = [0.1, 0.3, 0.5, 1];

    private static readonly (string Name, string Label, string[] Settings)[] Variants =
    [
        ("all", "all regularisers", []),
        ("no-kl", "without KL", ["autoencoder.kl_weight=0"]),
        ("no-floor", "without the KL floor", ["autoencoder.kl_clamp=0"]),
        ("no-token-dropout", "without token dropout", ["autoencoder.token_dropout=0"]),
        ("no-latent-dropout", "without latent dropout", ["autoencoder.latent_dropout=0"]),
        ("none", "none", ["autoencoder.kl_weight=0", "autoencoder.ae_dropout=0"]),
    ];

    public string Name => "regularizers";

    public string Title => "Regularisers of the autoencoder";

    public string Question =>
        "The autoencoder is trained with a KL divergence that has a floor, with latent dropout and with token dropout. "
        + "Each variant lacks some of them and is trained for the same time; then a language model learns to predict its "
        + "latents, each for the same number of steps. Noise of a standard deviation is added to the latent's mean before "
        + "it is decoded.";

    public StudyDesign Design { get; } = new()
    {
        Minutes = 30,
        Settings = StudySettings.LanguageModels,
        Autoencoders =
        [
            .. Variants.Select(variant => new StudyArm(
                $"autoencoder-{variant.Name}", variant.Label, Stage.Autoencoder, variant.Settings)),
        ],
        AutoencoderShare = 0.3,
        Arms =
        [
            .. Variants.Select(variant => new StudyArm(
                variant.Name, variant.Label, Stage.Calm, [], $"autoencoder-{variant.Name}")),
        ],
        Equal = EqualBudget.Steps,
        Checkpoints = (steps, _) => LogSteps.Between(FirstShare * steps, steps, Rounds),
    };

    public IEnumerable<(string Variant, IReadOnlyDictionary<string, double> Values)> Measure(StudyProbe probe)
    {
        if (probe.Stage is AutoencoderStage stage)
        {
            HeldOutWindows windows = new(
                probe.Corpus.HeldOut, probe.Config.CalmTraining.ContextPatches,
                probe.Config.AutoencoderTraining.EvaluationPatches);
            Dictionary<string, double> values = [];
            foreach ((double sigma, RecoveredTokens tokens) in
                     new AutoencoderEvaluator(stage.Model, probe.Device).Inspect(windows, Sigmas).Perturbed)
            {
                tokens.Estimate().AddTo(values, NameOf(sigma));
            }

            yield return ("", values);
        }
    }

    public StudyFindings Conclude(StudyRecord record)
    {
        IReadOnlyList<StudyArm> arms = record.Design.Arms;
        return new StudyFindings(
            [
                new Plot(
                    "BrierLM by the autoencoder's regularisers", "", "BrierLM x 100",
                    [
                        new PlotSeries(
                            "BrierLM", [.. arms.Select((arm, i) => StudyCharts.Point(i, arm, record.Last(arm)))],
                            Joined: false),
                    ])
                {
                    Categories = [.. arms.Select(arm => arm.Label)],
                },
                new Plot(
                    "Tokens that come back from perturbed latents", "standard deviation of the noise", "share of tokens",
                    [.. record.Design.Autoencoders.Select(arm => Robustness(record, arm))]),
            ],
            [Autoencoders(record), LanguageModels(record)],
            [
                Conclusion.Best([.. arms.Select(arm => (arm.Label, record.Last(arm).BrierLm))], "BrierLM"),
                .. arms.Skip(1).Select(arm => Conclusion.Compare(
                    arm.Label, record.Last(arm).BrierLm, arms[0].Label, record.Last(arms[0]).BrierLm, "BrierLM")),
            ]);
    }

    private static string NameOf(double sigma) => string.Create(CultureInfo.InvariantCulture, $"accuracyAt{sigma}");

    private static PlotSeries Robustness(StudyRecord record, StudyArm arm)
    {
        Measurement measured = record.Autoencoder(arm);
        return new PlotSeries(arm.Label,
        [
            .. Sigmas.Prepend(0)
                .Select(sigma => (sigma, share: measured.Estimate(sigma == 0 ? "accuracy" : NameOf(sigma))))
                .Select(one => new PlotPoint(
                    one.sigma, one.share,
                    $"{arm.Label}, {Readable.Short(one.sigma)}: {Conclusion.Percent(one.share)}")),
        ]);
    }

    private static MarkdownTable Autoencoders(StudyRecord record) => new(
        "Autoencoders: held-out tokens that come back from the mean of the latent, from a draw, and from the mean with "
        + "noise of a standard deviation, with intervals over documents; latent dimensions whose mean varies over patches "
        + $"with a variance above {LatentReport.LeastVariance}.",
        [
            "autoencoder", "steps", "mean", "draw", .. Sigmas.Select(sigma => $"noise {Readable.Short(sigma)}"),
            "active dimensions",
        ],
        [
            .. record.Design.Autoencoders.Select(arm => (arm, measured: record.Autoencoder(arm))).Select(one => (string[])
            [
                one.arm.Label, Readable.Count(one.measured.Step), Conclusion.Percent(one.measured.Estimate("accuracy")),
                Conclusion.Percent(one.measured.Estimate("accuracySampled")),
                .. Sigmas.Select(sigma => Conclusion.Percent(one.measured.Estimate(NameOf(sigma)))),
                Readable.Short(one.measured["activeDimensions"]),
            ]),
        ]);

    private static MarkdownTable LanguageModels(StudyRecord record) => new(
        "Language models on their latents: BrierLM times 100 with its interval.",
        ["autoencoder", .. record.Curve(record.Design.Arms[0]).Select(one => $"after {Readable.Count(one.Step)} steps")],
        [
            .. record.Design.Arms.Select(arm => (string[])
                [arm.Label, .. record.Curve(arm).Select(one => Conclusion.Describe(one.BrierLm))]),
        ]);
}
