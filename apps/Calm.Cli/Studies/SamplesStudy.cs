namespace Calm.Cli;

/// <summary>Compares numbers of draws S of the head and M of the target in a training step.</summary>
internal sealed class SamplesStudy : IStudy
{
    private static readonly (int Samples, int Targets)[] Sizes = [(2, 100), (4, 100), (8, 100), (12, 100), (4, 10), (4, 1)];

    public string Name => "samples";

    public string Title => "Draws of a training step";

    public string Question =>
        "The energy score of a training step is estimated from S draws of the head and M draws of the target. More of "
        + "them make its gradient less noisy and the step dearer. Every model is measured when all have done the same "
        + "number of steps, and once more when all have trained for the same time.";

    public StudyDesign Design { get; } = new()
    {
        Settings = StudySettings.LanguageModels,
        Autoencoders = [StudySettings.Autoencoder],
        Arms =
        [
            .. Sizes.Select(size => new StudyArm(
                $"s{size.Samples}-m{size.Targets}", $"S = {size.Samples}, M = {size.Targets}", Stage.Calm,
                [$"calm.num_samples={size.Samples}", $"calm.num_targets={size.Targets}"], StudySettings.Autoencoder.Name)),
        ],
        Equal = EqualBudget.Time,
        Checkpoints = (steps, fewest) => [fewest, steps],
    };

    public StudyFindings Conclude(StudyRecord record)
    {
        IReadOnlyList<StudyArm> arms = record.Design.Arms;
        bool hasEqualTime = record.CompleteRounds > 1;
        string[] rounds = hasEqualTime ? ["equal steps", "equal time"] : ["equal steps"];
        PlotSeries[] series =
        [
            .. rounds.Select((name, round) => new PlotSeries(
                name,
                [.. arms.Select((arm, i) => StudyCharts.Point(i + 0.16 * round - 0.08, arm, record.Curve(arm)[round]))],
                Joined: false)),
        ];
        return new StudyFindings(
            [
                new Plot("BrierLM by draws S of the head and M of the target", "", "BrierLM x 100", series)
                {
                    Categories = [.. arms.Select(arm => arm.Label)],
                },
            ],
            [
                new MarkdownTable(
                    "BrierLM times 100 with its interval; a step's time as it was during training.",
                    [
                        "draws", "ms a step", "FLOPs a step",
                        .. rounds.SelectMany(name => new[] { $"steps, {name}", $"BrierLM, {name}" }),
                    ],
                    [.. arms.Select(arm => Row(arm, record))]),
            ],
            [
                .. rounds.Select((name, round) => $"At {name}: " + Conclusion.Best(
                    [.. arms.Select(arm => (arm.Label, record.Curve(arm)[round].BrierLm))], "BrierLM")),
            ]);
    }

    private static string[] Row(StudyArm arm, StudyRecord record)
    {
        Measurement last = record.Last(arm);
        return
        [
            arm.Label, Readable.Short(1000 * last["seconds"] / last.Step), Readable.Short(last["flops"] / last.Step),
            .. record.Curve(arm).SelectMany(
                one => new[] { Readable.Count(one.Step), Conclusion.Describe(one.BrierLm) }),
        ];
    }
}
