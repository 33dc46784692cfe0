using Calm.Runtime;

namespace Calm.Training;

/// <content>The policy for a step or an evaluation that gives no number: stop, skip or go back to a checkpoint.</content>
internal sealed partial class Trainer
{
    private const int MostSkips = 10;
    private const int MostRollbacks = 3;

    private int _skips;
    private int _divergences;

    private void HandleNan(int step, double loss, double norm)
    {
        string where = FindNanIfPossible(step) ?? (double.IsPositiveInfinity(norm)
            ? "none; the sum of the gradients' squares overflows"
            : "none, in a second run of the step");
        string what = $"loss {loss}, gradient norm {norm}; first not finite: {where}";
        switch (Config.Nan)
        {
            case NanPolicy.Skip when ++_skips <= MostSkips:
                Say(step, $"{what}; the step is skipped.");
                _state = Advanced(_state, 1) with { Step = step, Loss = double.NaN };
                break;
            case NanPolicy.Rollback when _state.Rollbacks < MostRollbacks && _run.Checkpoints.Latest is { } checkpoint:
                RollBack(step, what, checkpoint);
                break;
            default:
                throw new CalmException($"{_stage.Stage.Name()} step {step}: {what}. {Advice(step - 1)}");
        }
    }

    /// <summary>
    /// Applies the policy to an evaluation that gives no number. Its checkpoint is withdrawn where there is an earlier one,
    /// since whatever goes on from it would diverge again.
    /// </summary>
    /// <returns>True if the training goes on where it is, false if it went back.</returns>
    private bool HandleDivergence(int step, StageMeasure measure)
    {
        string what = $"the evaluation gives {measure.Text}: the training has diverged";
        if (Config.Nan == NanPolicy.Skip && step < Config.Steps && ++_divergences <= MostSkips)
        {
            Say(step, $"{what}; it goes on.");
            return true;
        }

        SavedCheckpoint? before = _run.Checkpoints.Latest is { } diverged && diverged.Step == step
            ? _run.Checkpoints.Withdraw(diverged)
            : _run.Checkpoints.Latest;
        if (Config.Nan == NanPolicy.Rollback && _state.Rollbacks < MostRollbacks && before is not null)
        {
            RollBack(step, what, before);
            return false;
        }

        throw new CalmException($"{_stage.Stage.Name()} step {step}: {what}. {Advice(before?.Step ?? 0)}");
    }

    /// <summary>The steps that are safe, and the remedies that were not tried yet.</summary>
    private string Advice(long saved) =>
        (saved > 0 ? $"The steps through {saved} are saved; try" : "No step before it is saved; start again with")
        + " a lower learning rate"
        + Config.Nan switch
        {
            NanPolicy.Stop when saved > 0 => ", or nan=skip or nan=rollback.",
            NanPolicy.Skip when saved > 0 => ", or nan=rollback.",
            _ => ".",
        };

    private void RollBack(int step, string what, SavedCheckpoint checkpoint)
    {
        (int rollbacks, Work spent) = (_state.Rollbacks + 1, _state.Work);
        Say(step, $"{what}; back to {checkpoint.Name} with other noise.");
        Resume(checkpoint);
        _state = _state with { Rollbacks = rollbacks, Work = spent }; // what is done again costs again
    }

    /// <summary>Finds the first NaN, unless memory is too small for all tensors of a step.</summary>
    private string? FindNanIfPossible(int step)
    {
        try
        {
            return FindNan(step);
        }
        catch (OutOfDeviceMemoryException)
        {
            return "unknown, since the search needs more memory than the device has";
        }
    }

    private string? FindNan(int step)
    {
        NoiseKey noise = new(Config.Seed + (ulong)_state.Rollbacks * 0x9E3779B97F4A7C15, (uint)step);
        _tape.Reset();
        using Tape tape = new(_tape.Device);
        for (int part = 0; part < Config.Accumulate; part++)
        {
            _stage.Parameters.ForgetGradients();
            tape.Reset();
            LossTerm[] terms = _stage.Loss(tape, noise, NextSequence(_state), part);
            if (part == Config.Accumulate - 1 || !double.IsFinite(LossTerm.Sum(terms)))
            {
                return NanSearch.Describe(tape, terms, _stage.Parameters);
            }
        }

        return null;
    }
}
