using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>A loss or gradient that is not a number stops the step before the weights change.</summary>
public sealed class NanTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HostDevice _host = new(1);

    public void Dispose()
    {
        _host.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Stop_names_the_op_and_saves_the_steps_before()
    {
        using OneWeight stage = new(_host, badStep: 7);
        RunFolder run = Run(stage, NanPolicy.Stop, out Trainer trainer);
        float[] before = [];
        trainer.AfterStep = step => before = step == 6 ? stage.Weight.ToArray() : before;
        CalmException failure = Assert.Throws<CalmException>(() => trainer.Run());
        Assert.Contains("step 7", failure.Message, StringComparison.Ordinal);
        Assert.Contains("the output of Linear [1, 1]", failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, stage.Weight.ToArray());
        Assert.Equal(6, run.Checkpoints.Latest!.Step);
        trainer.Dispose();
    }

    [Fact]
    public void A_gradient_alone_stops_too()
    {
        using OneWeight stage = new(_host, badStep: 7) { OnlyInGradient = true };
        Run(stage, NanPolicy.Stop, out Trainer trainer);
        CalmException failure = Assert.Throws<CalmException>(() => trainer.Run());
        Assert.Contains("the gradient that Poison [1] passed to the output of Silu", failure.Message, StringComparison.Ordinal);
        trainer.Dispose();
    }

    [Fact]
    public void A_norm_that_overflows_is_told_from_a_gradient_that_does()
    {
        using OneWeight stage = new(_host, badStep: 7) { OnlyInGradient = true, BadGradient = 3e38f };
        Run(stage, NanPolicy.Stop, out Trainer trainer);
        CalmException failure = Assert.Throws<CalmException>(() => trainer.Run());
        Assert.Contains("first not finite: none; the sum of the gradients' squares overflows", failure.Message);
        trainer.Dispose();
    }

    [Fact]
    public void Skip_goes_on_with_the_next_step()
    {
        using OneWeight stage = new(_host, badStep: 7);
        Run(stage, NanPolicy.Skip, out Trainer trainer);
        TrainingOutcome outcome = trainer.Run();
        Assert.True(outcome.Finished);
        Assert.Equal(10, outcome.Steps);
        Assert.All(stage.Weight.ToArray(), value => Assert.True(float.IsFinite(value)));
        trainer.Dispose();
    }

    [Fact]
    public void Rollback_goes_back_to_the_checkpoint_and_meets_other_noise()
    {
        using OneWeight stage = new(_host, badStep: 7) { OnlyWithSeed = 1 };
        Run(stage, NanPolicy.Rollback, out Trainer trainer);
        TrainingOutcome outcome = trainer.Run();
        Assert.True(outcome.Finished);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 7, 6, 7, 8, 9, 10], stage.StepsSeen); // the second 7 is the search
        trainer.Dispose();
    }

    [Fact]
    public void A_gradient_that_is_not_a_number_is_traced_to_the_op_that_passed_it_on()
    {
        using Tape tape = new(_host);
        Tensor x = tape.From([1f, 2f], new Shape(2));
        x.RequiresGradient = true;
        Tensor y = Silu.Apply(tape, Silu.Apply(tape, x));
        y.SetGradient(tape.From([float.NaN, 1f], new Shape(2)));
        ParameterSet none = new();
        string? where = NanSearch.Describe(tape, [], none);
        Assert.Contains("passed to", where, StringComparison.Ordinal);
    }

    private RunFolder Run(IStage stage, NanPolicy policy, out Trainer trainer)
    {
        RunFolder run = RunFolder.Create(
            _folder["run"], new RunFolder.Description(Stage.Ar, "data", null, "", "", new RunConfig()), 3);
        TrainingConfig config = new() { Steps = 10, SaveEvery = 5, WarmupSteps = 1, Nan = policy };
        trainer = new Trainer(stage, config, _host, run);
        return run;
    }
}
