using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>A step whose loss or gradient norm lies far above the last ones is skipped, if that is wanted.</summary>
public sealed class OutlierTests : IDisposable
{
    private const int Outlier = 140;

    private static readonly TrainingConfig Off = new()
    {
        Steps = 150, WarmupSteps = 1, LogEvery = 1, Schedule = LearningRateSchedule.Constant,
    };

    private static readonly TrainingConfig ByNorm = Off with { SkipNormZ = 8 };

    private readonly TemporaryFolder _folder = new();
    private readonly HostDevice _host = new(1);

    public void Dispose()
    {
        _host.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(8, 0, "loss ")]
    [InlineData(0, 8, "gradient norm")]
    public void An_outlier_changes_no_weight_and_is_said_and_counted(double lossZ, double normZ, string reason)
    {
        Remarks remarks = new();
        (List<float> weights, _) = Train("run", Off with { SkipLossZ = lossZ, SkipNormZ = normZ }, Outlier, remarks);
        Assert.Equal(weights[Outlier - 2], weights[Outlier - 1]);
        Assert.NotEqual(weights[Outlier - 1], weights[Outlier]);
        TrainingProgress remark = Assert.Single(remarks.Seen, one => one.Remark!.EndsWith("; the step is skipped."));
        Assert.Equal(Outlier, remark.Step);
        Assert.StartsWith(reason, remark.Remark, StringComparison.Ordinal);
        Assert.Contains("standard deviations above the mean of the last steps", remark.Remark, StringComparison.Ordinal);
        int[] counts = [.. TrainingLog.Read(_folder["run/log.jsonl"]).Select(line => (int)line["skippedSteps"]!)];
        Assert.Equal([.. Enumerable.Repeat(0, Outlier - 1), .. Enumerable.Repeat(1, 150 - Outlier + 1)], counts);
    }

    [Fact]
    public void Without_an_outlier_nothing_changes()
    {
        (List<float> weights, _) = Train("off", Off, badStep: 0);
        Assert.Equal(weights, Train("on", ByNorm with { SkipLossZ = 8 }, badStep: 0).Weights);
        Assert.DoesNotContain("skippedSteps", File.ReadAllText(_folder["off/log.jsonl"]), StringComparison.Ordinal);
        string state = File.ReadAllText(Path.Combine(RunFolder.Open(_folder["off"]).LatestModel(), "trainer.json"));
        Assert.DoesNotContain("recent", state, StringComparison.Ordinal);
        Assert.DoesNotContain("outliers", state, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(128)]
    [InlineData(129)]
    public void The_first_steps_are_too_few_to_tell(int step)
    {
        (List<float> weights, _) = Train("run", ByNorm, step);
        Assert.Equal(step > 128, weights[step - 2] == weights[step - 1]);
    }

    [Fact]
    public void A_run_that_goes_on_skips_the_same_steps()
    {
        (List<float> whole, _) = Train("whole", ByNorm, Outlier);
        Train("parts", ByNorm with { Steps = Outlier - 5 }, Outlier);
        using OneWeight stage = Poisoned(Outlier);
        using Trainer again = new(stage, ByNorm, _host, RunFolder.Open(_folder["parts"]));
        Assert.Equal(Outlier - 5, again.Resume());
        again.Run();
        Assert.Equal(whole[^1], stage.Weight.ToArray()[0]);
        Assert.Equal(State("whole"), State("parts"));

        string State(string run)
        {
            string state = File.ReadAllText(Path.Combine(RunFolder.Open(_folder[run]).LatestModel(), "trainer.json"));
            return state[state.IndexOf("\"outliers\": 1", StringComparison.Ordinal)..];
        }
    }

    private OneWeight Poisoned(int step) => new(_host, step) { BadInput = 1000 };

    private (List<float> Weights, RunFolder Run) Train(
        string name, TrainingConfig config, int badStep, IProgress<TrainingProgress>? progress = null)
    {
        List<float> weights = [];
        RunFolder run = RunFolder.Create(
            _folder[name], new RunFolder.Description(Stage.Ar, "data", null, "", "", new RunConfig()), keepLast: 1);
        using OneWeight stage = Poisoned(badStep);
        using Trainer trainer = new(stage, config, _host, run, progress);
        trainer.AfterStep = _ => weights.Add(stage.Weight.ToArray()[0]);
        trainer.Run();
        return (weights, run);
    }

    private sealed class Remarks : IProgress<TrainingProgress>
    {
        public List<TrainingProgress> Seen { get; } = [];

        public void Report(TrainingProgress value)
        {
            if (value.Remark is not null)
            {
                Seen.Add(value);
            }
        }
    }
}
