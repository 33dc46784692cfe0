namespace Calm.Cli.Tests;

/// <summary>Conclusions, plans and measures of studies, from planted numbers.</summary>
public sealed class StudyConclusionTests
{
    [Fact]
    public void Steps_lie_evenly_in_their_logarithm_and_end_with_the_last()
    {
        int[] steps = LogSteps.Between(8, 8192, 11);
        Assert.Equal([8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192], steps);
        int[] few = LogSteps.Between(8, 20, 24);
        Assert.Equal(24, few.Length);
        Assert.Equal(20, few[^1]);
        Assert.Equal(few.Order(), few);
        Assert.Equal(3, LogSteps.Between(8, 3, 4)[0]);
    }

    [Fact]
    public void Overlapping_intervals_tell_nothing_and_separate_ones_an_order()
    {
        Estimate low = new(10, 9, 11);
        Estimate high = new(12, 11.5, 12.5);
        Estimate wide = new(12, 10.5, 14);
        Says("A is above B: BrierLM 12.00 (11.50 to 12.50)", high, low);
        Says("A is below B", low, high);
        Says("A is not distinguishable from B at this size", low, wide);
        Estimate none = new(99, double.NaN, double.NaN);
        Says("A is not distinguishable from B at this size", none, low);

        static void Says(string start, Estimate a, Estimate b) =>
            Assert.StartsWith(start, Conclusion.Compare("A", a, "B", b, "BrierLM"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_best_is_named_with_those_that_cannot_be_told_from_it()
    {
        (string, Estimate)[] arms = [("A", new(10, 9, 11)), ("B", new(12, 11.5, 12.5)), ("C", new(11.8, 11, 12.2))];
        string text = Conclusion.Best(arms, "BrierLM");
        Assert.Contains("that of B", text, StringComparison.Ordinal);
        Assert.EndsWith("not distinguishable from it at this size: C.", text, StringComparison.Ordinal);
        Assert.Contains("all others lie below", Conclusion.Best(arms[..2], "BrierLM"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_plan_fits_its_time_and_shares_what_is_equal(int kind)
    {
        EqualBudget equal = (EqualBudget)kind;
        ArmCost[] costs = [new(0.02, 3, 4e9, 1024), new(0.005, 1, 1e9, 1024), new(0.011, 2, 2.5e9, 1024)];
        const double seconds = 600;
        int[] steps = StudyPlan.Steps(costs, equal, seconds, 5);
        double training = costs.Zip(steps, (cost, n) => cost.SecondsPerStep * n).Sum();
        Assert.InRange(training + 5 * 6, 0.99 * seconds, seconds);
        double[] shared =
        [
            .. costs.Zip(steps, (cost, n) => n * (equal == EqualBudget.Time ? cost.SecondsPerStep
                : equal == EqualBudget.Flops ? cost.FlopsPerStep : 1)),
        ];
        Assert.All(shared, amount => Assert.InRange(amount / shared[0], 0.995, 1.005));
    }

    [Fact]
    public void A_plan_without_time_still_begins()
    {
        ArmCost cost = new(10, 100, 1, 1);
        Assert.Equal([StudyPlan.FewestSteps], StudyPlan.Steps([cost], EqualBudget.Time, 60, 2));
        Assert.Equal(StudyPlan.FewestSteps, StudyPlan.AutoencoderSteps(1, cost));
    }

    [Fact]
    public void A_round_is_foretold_from_the_pace_of_the_one_before()
    {
        using TemporaryFolder folder = new();
        StudyResults results = new(folder["results.jsonl"]);
        ArmPlan[] arms =
        [
            new("a", [100, 200, 200, 600], new ArmCost(0.1, 5, 1, 1)), new("b", [10, 20, 20, 60], new ArmCost(1, 5, 1, 1)),
        ];
        TimeSpan budget = TimeSpan.FromSeconds(200);

        // Twice as slow as planned; the line of b is an older version's, which does not tell what was around the steps.
        results.Add([One("a", 0, 100, 20, 30, 8), One("b", 0, 10, 20, 60, double.NaN)]);
        RoundForecast second = RoundForecast.Of(arms, results, 1, budget);
        Assert.Equal(20 + 8 + 20 + 10, second.Seconds, 9);
        Assert.True(second.Fits);

        // Without steps in the round before, the pace is that of the last steps.
        results.Add([One("a", 1, 200, 50, 90, 7), One("b", 1, 20, 50, 130, 6)]);
        results.Add([One("a", 2, 200, 50, 135, 4), One("b", 2, 20, 50, 140, 3)]);
        RoundForecast last = RoundForecast.Of(arms, results, 3, budget);
        Assert.Equal(400 * 0.3 + 4 + 40 * 3 + 3, last.Seconds, 9);
        Assert.False(last.Fits);
        Assert.Equal(
            "The budget ended the study after 3 of 4 rounds; these are compared. Round 4 was left out: round 4 would have "
            + "taken about 4\u00A0min 7\u00A0s after the 2\u00A0min 20\u00A0s that had passed, and ended beyond the budget "
            + "of 3\u00A0min 20\u00A0s by more than a tenth.", last.Describe());
        Assert.True((last with { Seconds = 80 }).Fits);
        Assert.False((last with { Seconds = 80.1 }).Fits);

        static Measurement One(string arm, int round, int step, double seconds, double elapsed, double other)
        {
            Dictionary<string, double> values = new() { ["seconds"] = seconds };
            if (double.IsFinite(other))
            {
                values["secondsOther"] = other;
            }

            return new Measurement(arm, round, "", step, elapsed, values);
        }
    }

    [Fact]
    public void Time_that_is_added_changes_no_evaluation()
    {
        StudyDescription first = new("samples", "typed", 4, 0, 1, "text", "host", []);
        StudyDescription more = first.With(10, "once").With(20, "twice");
        Assert.Equal(TimeSpan.FromMinutes(20), more.Budget);
        Assert.Equal(["once", "twice"], more.Continued!);
        Assert.Equal(4 * 1024 / 4, Patches(first));
        Assert.Equal(4 * 1024 / 4, Patches(more));

        static int Patches(StudyDescription description)
        {
            StudyDesign design = new SamplesStudy().Design;
            StudyConfigs configs = new(design, description, Runtime.Precision.Float32);
            return (int)configs.Of(design.Arms[0]).CalmTraining.EvaluationPatches;
        }
    }

    [Fact]
    public void Distances_between_laws_are_those_of_known_laws()
    {
        double[] p = [0.5, 0.3, 0.2];
        Assert.Equal([25 / 38.0, 9 / 38.0, 4 / 38.0], LawMeasure.Exact(p, 2), Close);
        Assert.Equal(2 / 0.38, LawMeasure.ExpectedDraws(p, 2), 10);
        Assert.Equal((2 + 0.38) / (0.125 + 0.027 + 0.008), LawMeasure.ExpectedDraws(p, 3), 10);
        Assert.Equal(0.3, LawMeasure.Distance([1, 0], [0.7, 0.3]), 12);

        double[] sampled = LawMeasure.SampleBatch(p, 2, 6, RandomStreams.StudyLaw(1, 0));
        Assert.InRange(LawMeasure.Distance(sampled, BatchTemperatureLaw.Enumerate(p, 2, 6)), 0, 0.04);
    }

    [Fact]
    public void Tokens_that_come_back_have_an_interval_by_documents()
    {
        RecoveredTokens tokens = new();
        tokens.Add((3, 0), [1, 2, 3, 4], [1, 2, 3, 9]);
        Estimate one = tokens.Estimate();
        Assert.Equal(0.75, one.Value);
        Assert.False(one.HasInterval);
        tokens.Add((3, 0), [5, 5, 5, 5], [5, 5, 5, 5]);
        tokens.Add((8, 0), [1, 1, 1, 1], [2, 2, 2, 2]);
        Assert.Equal(12, tokens.Count);
        Assert.Equal(7 / 12.0, tokens.Share, 12);
        Assert.Equal(new Estimate(7 / 12.0, 0, 7 / 8.0), tokens.Estimate());
        Assert.Equal("58.33\u00A0% (0.00\u00A0% to 87.50\u00A0%)", Conclusion.Percent(tokens.Estimate()));

        // Results of earlier versions have no ends, and their pages say so.
        Measurement old = new("a", 0, "", 1, 0, new Dictionary<string, double> { ["accuracy"] = 0.5 });
        Assert.Equal("50.00\u00A0% (no interval)", Conclusion.Percent(old.Estimate("accuracy")));
    }

    [Fact]
    public void Cost_by_patch_size_is_told_by_formula_and_as_counted()
    {
        Assert.Equal(
            "Training FLOPs of a token, for K = 1, 2, 4: by the formula they fall with every larger K (800, 400, 200); "
            + "as counted they do not fall from 2 to 4 (800, 300, 300), 0.750 to 1.500 times the formula.",
            PatchSizeStudy.Costs([(1, (800, 800)), (2, (400, 300)), (4, (200, 300))]));
        Assert.EndsWith(
            "do not fall from 1 to 2 (8, 9); they were not counted.",
            PatchSizeStudy.Costs([(1, (8, 8)), (2, (9, double.NaN))]), StringComparison.Ordinal);
    }

    [Fact]
    public void Only_checkpoints_from_the_first_above_zero_count()
    {
        Measurement[] curve =
        [
            One(0, 8, -0.001), One(1, 16, 0), One(2, 32, 0.001), One(3, 32, 0.001), One(4, 64, -0.1), One(5, 128, 0.2),
        ];
        Assert.Equal([32, 64, 128], MetricStudy.Counting(curve).Select(one => one.Step));
        static Measurement One(int round, int step, double low) =>
            new("discrete", round, "", step, 0, new Dictionary<string, double> { ["brier4Low"] = low });
    }

    [Fact]
    public void A_plot_shows_points_bars_and_names()
    {
        Plot plot = new("Title", "across", "up",
        [
            new PlotSeries("one", [new(1e9, new(10, 9, 11), "first"), new(1e12, new(double.NaN, 1, 2), "absent")]),
            new PlotSeries("two", [new(1e10, new(12, double.NaN, double.NaN), "second")], Dashed: true),
        ])
        {
            LogarithmicAcross = true,
        };
        string picture = plot.Draw().ToString();
        Assert.Contains("first", picture, StringComparison.Ordinal);
        Assert.Contains("second", picture, StringComparison.Ordinal);
        Assert.DoesNotContain("absent", picture, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", picture, StringComparison.Ordinal);
        Assert.Equal(3, plot.Draw().Descendants().Count(element => (string?)element.Attribute("class") == "bar c0"));

        Plot named = plot with { LogarithmicAcross = false, Categories = ["energy", "flow"] };
        Assert.Contains(">flow<", named.Draw().ToString(), StringComparison.Ordinal);
    }

    private static bool Close(double a, double b) => Math.Abs(a - b) < 1e-12;
}
