using Calm.Runtime;

namespace Calm.Training;

/// <content>Evaluations, within the memory that there is.</content>
internal sealed partial class Trainer
{
    /// <summary>Measures what was saved: an evaluation may fail, and "best" must name the weights that were measured.</summary>
    /// <returns>False if the training had diverged and went back.</returns>
    private bool Evaluate(int step)
    {
        SaveUnlessSaved();
        Begin(step, "evaluating");
        StageMeasure measure = EvaluatedWithin(step);
        Say(step, measure.Text);
        if (!double.IsFinite(measure.Score))
        {
            return HandleDivergence(step, measure);
        }

        (_measure, _measuredStep, _divergences) = (measure, step, 0);
        if (_run.Checkpoints.Latest is { } saved && saved.Step == step && !(_run.Checkpoints.BestScore >= measure.Score))
        {
            _run.Checkpoints.PointBest(saved, measure.Score);
        }

        return true;
    }

    /// <summary>An evaluation, for which a step gives up its memory if there is not enough for both.</summary>
    private StageMeasure EvaluatedWithin(int step)
    {
        try
        {
            return Measure();
        }
        catch (OutOfDeviceMemoryException)
        {
            _tape.GiveBack();
        }

        try
        {
            return Measure();
        }
        catch (OutOfDeviceMemoryException failure)
        {
            throw failure.With(
                $"Step {step} is saved, but its evaluation does not fit beside the model: it needs a larger device, or a smaller "
                + "model.");
        }
    }
}
