using System.Text.Json.Nodes;

namespace Calm.Cli;

/// <summary>Judges whether the models of a demo have learnt enough to write anything.</summary>
internal static class DemoVerdict
{
    private const double LeastAccuracy = 0.8;
    private const int FewestSteps = 100;

    /// <summary>The reason why samples would be noise; null if they would not.</summary>
    /// <param name="accuracy">The autoencoder's accuracy on held-out tokens.</param>
    /// <param name="autoencoderSteps">Its steps.</param>
    /// <param name="calmSteps">The language model's steps.</param>
    /// <param name="brierLm">The language model's score on held-out text.</param>
    /// <param name="log">The log of its training.</param>
    public static string? Of(
        double accuracy, int autoencoderSteps, int calmSteps, double brierLm, IReadOnlyList<JsonObject> log)
    {
        double[] losses = [.. CurvePoint.FromLog(log, "loss").Select(point => point.Value.Value)];
        return accuracy < LeastAccuracy
            ? $"after {Readable.Count(autoencoderSteps, "step")} the autoencoder brings only {Readable.Percent(accuracy)} of "
                + "held-out tokens back"
            : calmSteps < FewestSteps
                ? $"the language model made only {Readable.Count(calmSteps, "step")}"
            : losses.Length > 1 && losses[^1] >= losses[0]
                ? $"the loss of the language model did not fall ({Readable.Short(losses[0])} at first, "
                    + $"{Readable.Short(losses[^1])} at last)"
            : brierLm <= 0
                ? $"after {Readable.Count(calmSteps, "step")} the language model foresees nothing: its BrierLM is "
                    + Readable.Score(brierLm)
            : null;
    }
}
