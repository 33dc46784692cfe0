namespace Calm.Cli;

/// <summary>The energy head against the diffusion and the flow head.</summary>
internal sealed class HeadsStudy : IStudy
{
    private const int Rounds = 4;
    private const double FirstShare = 1.0 / 8;

    private static readonly string[] Heads = ["energy", "diffusion", "flow"];

    public string Name => "heads";

    public string Title => "Energy, diffusion and flow heads";

    public string Question =>
        "Three heads can draw the next latent: one trained by the energy score, which draws in one pass, one by denoising "
        + "diffusion and one by flow matching, which draw in many. All have the same transformer, the same autoencoder "
        + "and the same time in training steps.";

    public StudyDesign Design { get; } = new()
    {
        Settings = StudySettings.LanguageModels,
        Autoencoders = [StudySettings.Autoencoder],
        Arms =
        [
            .. Heads.Select(head => new StudyArm(
                head, head, Stage.Calm, [$"calm.head={head}"], StudySettings.Autoencoder.Name)),
        ],
        Equal = EqualBudget.Time,
        Checkpoints = (steps, _) => LogSteps.Between(FirstShare * steps, steps, Rounds),
    };

    public StudyFindings Conclude(StudyRecord record)
    {
        IReadOnlyList<StudyArm> arms = record.Design.Arms;
        return new StudyFindings(
            [
                new Plot(
                    "BrierLM by training time and head", "seconds of training", "BrierLM x 100",
                    [.. arms.Select(arm => StudyCharts.Curve(record, arm, "seconds"))])
                {
                    LogarithmicAcross = true,
                },
            ],
            [
                new MarkdownTable(
                    "After the same time of training. A draw is timed in the evaluation, as one latent drawn and decoded "
                    + "with its part of the transformer's pass.",
                    ["head", "steps", "ms a step", "training FLOPs", "microseconds a draw", "BrierLM"],
                    [.. arms.Select(arm => Row(record, arm))]),
            ],
            [
                "At equal time: "
                + Conclusion.Best([.. arms.Select(arm => (arm.Label, record.Last(arm).BrierLm))], "BrierLM"),
                .. arms.Skip(1).Select(arm => Conclusion.Compare(
                    arm.Label, record.Last(arm).BrierLm, arms[0].Label, record.Last(arms[0]).BrierLm, "BrierLM")),
            ]);
    }

    public IEnumerable<(string Variant, IReadOnlyDictionary<string, double> Values)> Measure(StudyProbe probe)
    {
        if (probe.Stage is CalmStage stage)
        {
            yield return ("", new Dictionary<string, double>
            {
                ["secondsPerDraw"] = DrawTimer.SecondsPerDraw(stage.Model, probe.Corpus, probe.Config, probe.Device),
            });
        }
    }

    private static string[] Row(StudyRecord record, StudyArm arm)
    {
        Measurement last = record.Last(arm);
        return
        [
            arm.Label, Readable.Count(last.Step), Readable.Short(1000 * last["seconds"] / last.Step),
            Readable.Short(last["flops"]), Readable.Short(1e6 * last["secondsPerDraw"]), Conclusion.Describe(last.BrierLm),
        ];
    }
}
