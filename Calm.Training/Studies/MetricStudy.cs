namespace Calm.Training;

/// <summary>Whether BrierLM tells what cross-entropy tells, over the training of a discrete model, which has both.</summary>
internal sealed class MetricStudy : IStudy
{
    private const int Checkpoints = 18;
    private const int FewestPoints = 12;

    private static readonly StudyArm Discrete = new("discrete", "discrete", StudyStages.Discrete, StudySettings.Discrete);

    public string Name => "metric";

    public string Title => "BrierLM against cross-entropy";

    public string Question =>
        "A discrete autoregressive model has both an exact cross-entropy and a BrierLM, by its own definition. It is "
        + $"measured at {Checkpoints} checkpoints at equal distances in log(step), fixed before the training: from the end "
        + "of the learning rate's warm-up, before which the model hardly differs from its initial weights, to the last. "
        + "Those count from the first on whose Brier-4 has a 95 % interval above 0: before it BrierLM, a geometric mean, is "
        + "noise.";

    public StudyDesign Design { get; } = new()
    {
        Arms = [Discrete],
        Equal = EqualBudget.Time,
        Checkpoints = (steps, _) => LogSteps.Between(StudySettings.WarmUp(steps), steps, Checkpoints),
    };

    /// <summary>The checkpoints that count: from the first whose Brier-4 interval lies above 0.</summary>
    internal static IReadOnlyList<Measurement> Counting(IReadOnlyList<Measurement> curve) =>
        [.. curve.SkipWhile(one => !(one["brier4Low"] > 0)).DistinctBy(one => one.Step)];

    public StudyFindings Conclude(StudyRecord record)
    {
        IReadOnlyList<Measurement> counting = Counting(record.Curve(Discrete));
        double[] entropy = [.. counting.Select(one => one["crossEntropy"])];
        double[] brier = [.. counting.Select(one => one.BrierLm.Value)];
        Estimate pearson = Statistics.FisherInterval(Statistics.Pearson(entropy, brier), counting.Count);
        Estimate spearman = Statistics.FisherInterval(Statistics.Spearman(entropy, brier), counting.Count);
        Estimate resampled = Statistics.Bootstrap(
            counting.Count,
            drawn => Statistics.Pearson([.. drawn.Select(i => entropy[i])], [.. drawn.Select(i => brier[i])]),
            RandomStreams.StudyBootstrap(1));
        return new StudyFindings(
            [
                new ErrorBarPlot(
                    "BrierLM against cross-entropy over training", "cross-entropy, nats a token", "BrierLM x 100",
                    [
                        new PlotSeries("checkpoints", [.. counting.Select(
                            one => StudyCharts.Point(one["crossEntropy"], Discrete, one))]),
                    ]),
            ],
            [Correlations(pearson, resampled, spearman), Points(record, counting)],
            [Conclude(pearson, spearman, counting.Count)]);
    }

    private static string Conclude(Estimate pearson, Estimate spearman, int points)
    {
        const double strong = -0.9;
        if (points < FewestPoints || !pearson.HasInterval)
        {
            return $"Only {points} checkpoints have a Brier-4 whose interval lies above 0; fewer than {FewestPoints} allow "
                + "no conclusion.";
        }

        string numbers = $"Pearson {Conclusion.Describe(pearson, 3)}, Spearman {Conclusion.Describe(spearman, 3)}, "
            + $"{points} checkpoints";
        return pearson.High <= strong
            ? $"BrierLM follows cross-entropy closely: the whole interval of the correlation lies below {strong}. {numbers}."
            : pearson.Value <= strong
            ? $"BrierLM follows cross-entropy: the correlation is at most {strong}, its interval reaches above. {numbers}."
            : $"The correlation is weaker than {strong}. {numbers}.";
    }

    private static MarkdownTable Correlations(Estimate pearson, Estimate resampled, Estimate spearman) => new(
        "Correlation of cross-entropy and BrierLM over the checkpoints that count. Checkpoints of one training are not "
        + "independent, "
        + "which the intervals take them to be.",
        ["correlation", "value", "95 % interval", "by"],
        [
            Row("Pearson", pearson, "Fisher's z"),
            Row("Pearson", resampled, "drawing checkpoints again"),
            Row("Spearman", spearman, "Fisher's z"),
        ]);

    private static string[] Row(string name, Estimate value, string by) =>
    [
        name, Readable.Fixed(value.Value, 3),
        value.HasInterval ? $"{Readable.Fixed(value.Low, 3)} to {Readable.Fixed(value.High, 3)}" : Readable.Missing, by,
    ];

    private static MarkdownTable Points(StudyRecord record, IReadOnlyList<Measurement> counting) => new(
        "The checkpoints. Brier scores times 100, with 95 % intervals over held-out documents.",
        ["step", "tokens", "cross-entropy", "BrierLM", "Brier-4", "counts"],
        [
            .. record.Curve(Discrete).Select(one => (string[])
            [
                Readable.Count(one.Step), Readable.Short(one["tokens"]), Readable.Fixed(one["crossEntropy"], 4),
                Conclusion.Describe(one.BrierLm),
                Conclusion.Describe(one.Estimate("brier4", "brier4Low", "brier4High").Times(100), 4),
                counting.Contains(one) ? "yes" : "no",
            ]),
        ]);
}
