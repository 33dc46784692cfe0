using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>Finished steps are saved however a training ends, and "best" names the weights that were measured.</summary>
public sealed class TrainerSafetyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HostDevice _host = new(1);

    public void Dispose()
    {
        _host.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void An_evaluation_that_fails_loses_no_step()
    {
        using OneWeight stage = new(_host, badStep: 0) { Score = _ => throw new InvalidOperationException("no memory left") };
        RunFolder run = Run(new TrainingConfig { Steps = 10, EvaluateEvery = 7, WarmupSteps = 1 }, stage, out Trainer trainer);
        Assert.Throws<InvalidOperationException>(() => trainer.Run());
        Assert.Equal(7, run.Checkpoints.Latest!.Step);
        trainer.Dispose();
    }

    /// <summary>Also where a process is killed in an evaluation: its step is saved, but neither measured nor logged.</summary>
    [Fact]
    public void An_evaluation_that_failed_is_made_up_for()
    {
        TrainingConfig config = new() { Steps = 10, EvaluateEvery = 7, WarmupSteps = 1, LogEvery = 100 };
        using (OneWeight failing = new(_host, badStep: 0) { Score = _ => throw new InvalidOperationException() })
        {
            Run(config, failing, out Trainer trainer);
            Assert.Throws<InvalidOperationException>(() => trainer.Run());
            trainer.Dispose();
        }

        RunFolder run = RunFolder.Open(_folder["run"]);
        using OneWeight stage = new(_host, badStep: 0) { Score = _ => 0.5 };
        using Trainer again = new(stage, config, _host, run);
        Assert.Equal(7, again.Resume());
        again.Run();
        Assert.Equal([8, 9, 10], stage.StepsSeen);
        Assert.Equal([1, 7, 10], TrainingLog.Read(_folder["run/log.jsonl"]).Select(TrainingLog.Step));
        Assert.Equal(7, run.Checkpoints.Find(CheckpointFolder.BestPointer)!.Step);
    }

    [Fact]
    public void A_failure_between_steps_loses_no_step()
    {
        using OneWeight stage = new(_host, badStep: 0);
        RunFolder run = Run(new TrainingConfig { Steps = 10, WarmupSteps = 1 }, stage, out Trainer trainer);
        trainer.AfterStep = step => _ = step < 6 ? step : throw new IOException("the disk is gone");
        Assert.Throws<IOException>(() => trainer.Run());
        Assert.Equal(6, run.Checkpoints.Latest!.Step);
        trainer.Dispose();
    }

    [Fact]
    public void Best_is_what_was_measured_and_outlives_a_resume()
    {
        using OneWeight stage = new(_host, badStep: 0) { Score = step => step == 4 ? 0.9 : 0.1 };
        TrainingConfig config = new() { Steps = 10, EvaluateEvery = 4, SaveEvery = 3, WarmupSteps = 1, KeepLast = 1 };
        RunFolder run = Run(config, stage, out Trainer trainer);
        trainer.Run();
        trainer.Dispose();
        RequireBest(run);

        using Trainer again = new(stage, config with { Steps = 20 }, _host, run);
        Assert.Equal(10, again.Resume());
        again.Run();
        RequireBest(run);
    }

    [Fact]
    public void A_measure_that_is_not_a_number_ends_the_run_and_its_weights_are_not_gone_on_from()
    {
        using OneWeight stage = new(_host, badStep: 0) { Score = step => step < 5 ? 0.5 : double.NaN };
        RunFolder run = Run(
            new TrainingConfig { Steps = 5, EvaluateEvery = 3, WarmupSteps = 1, KeepLast = 1 }, stage, out Trainer trainer);
        string message = Assert.Throws<CalmException>(() => trainer.Run()).Message;
        Assert.Contains("diverged. The steps through 3 are saved; try a lower learning rate, or", message);
        Assert.Equal(3, run.Checkpoints.Latest!.Step);
        trainer.Dispose();
    }

    [Fact]
    public void A_divergence_at_the_first_evaluation_promises_no_saved_steps()
    {
        using OneWeight stage = new(_host, badStep: 0) { Score = _ => double.NaN };
        Run(new TrainingConfig { Steps = 5, WarmupSteps = 1 }, stage, out Trainer trainer);
        Assert.EndsWith(
            "No step before it is saved; start again with a lower learning rate.",
            Assert.Throws<CalmException>(() => trainer.Run()).Message);
        trainer.Dispose();
    }

    [Theory]
    [InlineData(NanPolicy.Rollback)]
    [InlineData(NanPolicy.Skip)]
    public void A_divergence_seen_in_an_evaluation_follows_the_policy(NanPolicy policy)
    {
        int measures = 0;
        using OneWeight stage = new(_host, badStep: 0) { Score = _ => ++measures == 2 ? double.NaN : 0.5 };
        RunFolder run = Run(
            new TrainingConfig { Steps = 9, EvaluateEvery = 3, WarmupSteps = 1, Nan = policy }, stage, out Trainer trainer);
        TrainingOutcome outcome = trainer.Run();
        Assert.True(outcome.Finished);
        int[] steps = policy == NanPolicy.Skip ? [1, 2, 3, 4, 5, 6, 7, 8, 9] : [1, 2, 3, 4, 5, 6, 4, 5, 6, 7, 8, 9];
        Assert.Equal(steps, stage.StepsSeen);
        Assert.Equal(9, run.Checkpoints.Latest!.Step);
        trainer.Dispose();
    }

    [Fact]
    public void A_step_gives_its_memory_to_an_evaluation_that_does_not_fit_beside_it()
    {
        List<long> held = [];
        using OneWeight stage = new(_host, badStep: 0)
        {
            Score = _ =>
            {
                held.Add(_host.AllocatedBytes);
                return held.Count % 2 == 0 ? 0.5 : throw new OutOfDeviceMemoryException(_host, 1, 0);
            },
        };
        Run(new TrainingConfig { Steps = 6, EvaluateEvery = 3, WarmupSteps = 1 }, stage, out Trainer trainer);
        Assert.True(trainer.Run().Finished);
        Assert.Equal([1, 2, 3, 4, 5, 6], stage.StepsSeen);
        Assert.Equal(4, held.Count);
        Assert.True(held[1] < held[0] && held[3] < held[2], string.Join(", ", held));
        trainer.Dispose();
    }

    [Fact]
    public void An_evaluation_that_never_fits_says_what_is_saved()
    {
        using OneWeight stage = new(_host, badStep: 0) { Score = _ => throw new OutOfDeviceMemoryException(_host, 1, 0) };
        RunFolder run = Run(new TrainingConfig { Steps = 2, WarmupSteps = 1 }, stage, out Trainer trainer);
        string line = Assert.Throws<OutOfDeviceMemoryException>(() => trainer.Run()).Message;
        Assert.EndsWith(
            "Step 2 is saved, but its evaluation does not fit beside the model: it needs a larger device, or a smaller model.",
            line, StringComparison.Ordinal);
        Assert.Equal(2, run.Checkpoints.Latest!.Step);
        trainer.Dispose();
    }

    [Fact]
    public void A_batch_of_another_size_goes_on_at_its_place_in_the_text()
    {
        TrainingConfig config = new() { Steps = 3, BatchSize = 4, WarmupSteps = 1 };
        using OneWeight small = new(_host, badStep: 0) { TokensPerStep = 8, SequenceLength = 2 };
        RunFolder run = Run(config, small, out Trainer trainer);
        trainer.Run();
        trainer.Dispose();
        Assert.Equal([0, 4, 8], small.FirstSequences);

        using OneWeight large = new(_host, badStep: 0) { TokensPerStep = 16, SequenceLength = 2 };
        using Trainer again = new(large, config with { Steps = 5, BatchSize = 8 }, _host, run);
        again.Resume();
        Assert.Equal(3 * 8 + 2 * 16, again.Run().Cost.Tokens);
        Assert.Equal([12, 20], large.FirstSequences);

        using OneWeight longer = new(_host, badStep: 0) { TokensPerStep = 9, SequenceLength = 3 };
        using Trainer third = new(longer, config with { Steps = 6, BatchSize = 3 }, _host, run);
        third.Resume();
        third.Run();
        Assert.Equal([19], longer.FirstSequences); // 28 sequences of 2 tokens were read: 56 tokens, in 19 of 3
    }

    private static void RequireBest(RunFolder run)
    {
        Assert.Equal(4, run.Checkpoints.Find(CheckpointFolder.BestPointer)!.Step);
        Assert.Equal(0.9, run.Checkpoints.BestScore);
    }

    private RunFolder Run(TrainingConfig config, IStage stage, out Trainer trainer)
    {
        RunFolder run = RunFolder.Create(
            _folder["run"], new RunFolder.Description(Stage.Ar, "data", null, "", "", new RunConfig()), config.KeepLast);
        trainer = new Trainer(stage, config, _host, run);
        return run;
    }
}
