using Calm.Runtime;

namespace Calm.Training;

/// <summary>Advice when a training does not fit into a device's memory: a setting that fits, found by rehearsals.</summary>
internal static class MemoryAdvice
{
    /// <summary>A sentence with the nearest setting that fits.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="config">The settings that do not fit.</param>
    /// <param name="device">The device.</param>
    /// <param name="done">Steps that were done and saved; null for a training whose folder is not there yet.</param>
    public static string For(Stage stage, RunConfig config, Device device, int? done)
    {
        string again = done switch
        {
            null => "Try again",
            0 => "Try again with resume=true",
            _ => $"Step {done} is saved; try again with resume=true",
        };
        string join = done is null ? ": " : ", and ";
        TrainingConfig training = config.Training(stage);
        if (Parts(stage, config, device, training.Accumulate + 1) is { } parts)
        {
            return $"{again}{join}{Accumulated(training, parts)} for the same result but for rounding.";
        }

        RunConfig recomputed = config.With(stage, training with { Recompute = true });
        if (!training.Recompute && Parts(stage, recomputed, device, training.Accumulate) is { } recomputedParts)
        {
            string how = recomputedParts == training.Accumulate
                ? "recompute=true fits,"
                : $"{Accumulated(training, recomputedParts)} with recompute=true";
            return $"{again}{join}{how} for the same result but for rounding.";
        }

        return Context(stage, recomputed, device) is { } shorter
            ? $"Not even one sequence at once fits; {shorter} with accumulate={training.BatchSize} and recompute=true does."
            : "No batch and no context of this model fits: it needs a larger device, or a smaller model.";
    }

    /// <summary>A sentence with the largest batch that fits, where steps are only timed.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="config">The settings that do not fit.</param>
    /// <param name="device">The device, whose precision counts.</param>
    public static string ForBatch(Stage stage, RunConfig config, Device device)
    {
        RunConfig timed = config.With(stage, config.Training(stage) with { Precision = device.Precision });
        int most = TrainingMemory.LargestBatch(stage, timed, device);
        return most > 0
            ? $"Try again: batch_size={most} fits."
            : "Not even one sequence fits: it needs a larger device, or a smaller model.";
    }

    /// <summary>The fewest micro-batches that fit, of at least a number; null if none does.</summary>
    private static int? Parts(Stage stage, RunConfig config, Device device, int fewest)
    {
        TrainingConfig training = config.Training(stage);
        for (int parts = fewest; parts <= training.BatchSize; parts++)
        {
            if (training.BatchSize % parts == 0
                && TrainingMemory.IfFits(stage, config.With(stage, training with { Accumulate = parts }), device) is not null)
            {
                return parts;
            }
        }

        return null;
    }

    private static string Accumulated(TrainingConfig training, int parts) =>
        $"accumulate={parts} takes {training.BatchSize / parts} of the batch of {training.BatchSize} at once and fits,";

    /// <summary>The longest context that fits one at a time, halved as often as need be; null if none does.</summary>
    private static string? Context(Stage stage, RunConfig config, Device device)
    {
        TrainingConfig training = config.Training(stage) with { BatchSize = 1, Accumulate = 1 };
        for (int half = 2; stage != Stage.Autoencoder && training.ContextPatches / half >= 16; half *= 2)
        {
            TrainingConfig shorter = training with
            {
                ContextPatches = training.ContextPatches / half,
                ContextTokens = training.ContextTokens / half,
            };
            if (TrainingMemory.IfFits(stage, config.With(stage, shorter), device) is not null)
            {
                return stage == Stage.Ar
                    ? $"context_tokens={shorter.ContextTokens}"
                    : $"context_patches={shorter.ContextPatches}";
            }
        }

        return null;
    }
}
