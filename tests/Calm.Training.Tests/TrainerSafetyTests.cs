using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>Whatever ends a training, the steps that were finished are saved, and "best" names the weights that were measured.</summary>
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
    public void A_measure_that_is_not_a_number_ends_the_run()
    {
        using OneWeight stage = new(_host, badStep: 0) { Score = _ => double.NaN };
        Run(new TrainingConfig { Steps = 5, WarmupSteps = 1 }, stage, out Trainer trainer);
        Assert.Contains("diverged", Assert.Throws<CalmException>(() => trainer.Run()).Message);
        trainer.Dispose();
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
