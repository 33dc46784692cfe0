namespace Calm.Cli;

/// <summary>Compares BrierLM with cross-entropy over the training of a discrete model, which has both.</summary>
internal sealed class MetricStudy : IStudy
{
    private const int Checkpoints = 30;
    private const int FewestPoints = 12;

    private static readonly StudyArm Discrete = new("discrete", "discrete", Stage.Ar, StudySettings.Discrete);

    public string Name => "metric";

    public string Title => "BrierLM against cross-entropy";

    public string Question =>
        "A discrete autoregressive model has both an exact cross-entropy and a BrierLM, by its own definition. It is "
        + $"measured at {Checkpoints} checkpoints at equal distances in log(step), fixed before the training, from the end of "
        + "the learning rate's warm-up to the last step. Those count from the first on whose Brier-4 has a 95 % interval above "
        + "0: before it BrierLM, a geometric mean, is noise.";

    public StudyDesign Design { get; } = new()
    {
        Arms = [Discrete],
        Equal = EqualBudget.Time,
        Checkpoints = (steps, _) => LogSteps.Between(StudySettings.WarmUp(steps), steps, Checkpoints),
    };

    /// <summary>The checkpoints from the first on whose Brier-4 interval lies above 0.</summary>
    internal static IReadOnlyList<Measurement> Counting(IReadOnlyList<Measurement> curve) =>
        [.. curve.SkipWhile(one => !(one["brier4Low"] > 0)).DistinctBy(one => one.Step)];

    public StudyFindings Conclude(StudyRecord record)
    {
        IReadOnlyList<Measurement> counting = Counting(record.Curve(Discrete));
        Correlation found = Correlation.Of(counting);
        return new StudyFindings(
            [
                new Plot(
                    "BrierLM against cross-entropy over training", "cross-entropy, nats a token", "BrierLM x 100",
                    [
                        new PlotSeries("checkpoints", [.. counting.Select(
                            one => StudyCharts.Point(one["crossEntropy"], Discrete, one))]),
                    ]),
            ],
            [Correlations(found), Points(record, counting)], [Conclude(found)]);
    }

    /// <summary>Correlations of BrierLM and cross-entropy over checkpoints.</summary>
    private sealed record Correlation(Estimate Pearson, Estimate Resampled, Estimate Spearman, int Points)
    {
        public static Correlation Of(IReadOnlyList<Measurement> checkpoints)
        {
            int count = checkpoints.Count;
            double[] entropy = [.. checkpoints.Select(one => one["crossEntropy"])];
            double[] brier = [.. checkpoints.Select(one => one.BrierLm.Value)];
            return new Correlation(
                Statistics.FisherInterval(Statistics.Pearson(entropy, brier), count),
                Bootstrap.Estimate(
                    count, RandomStreams.Bootstrap(1),
                    drawn => Statistics.Pearson([.. drawn.Select(i => entropy[i])], [.. drawn.Select(i => brier[i])])),
                Statistics.FisherInterval(Statistics.Spearman(entropy, brier), count), count);
        }
    }

    private static string Conclude(Correlation found)
    {
        const double strong = -0.9;
        (Estimate pearson, _, Estimate spearman, int points) = found;
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

    private static MarkdownTable Correlations(Correlation found) => new(
        $"Correlation of cross-entropy and BrierLM over the {found.Points} checkpoints that count. Checkpoints of one training "
        + "are not independent, which the intervals take them to be.",
        ["correlation", "value", "95 % interval", "by"],
        [
            ["Pearson", .. Row(found.Pearson, "Fisher's z")], ["Pearson", .. Row(found.Resampled, "drawing checkpoints again")],
            ["Spearman", .. Row(found.Spearman, "Fisher's z")],
        ]);

    private static string[] Row(Estimate value, string by) =>
    [
        Readable.Fixed(value.Value, 3),
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
                Conclusion.Describe(one.Estimate("brier4").Times(100), 4),
                counting.Contains(one) ? "yes" : "no",
            ]),
        ]);
}
