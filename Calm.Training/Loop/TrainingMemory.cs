using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Memory that training takes on a device, in bytes. It is found by a rehearsal: the ops of two steps take their memory and
/// compute nothing. Evaluations are not part of it.
/// </summary>
/// <param name="Weights">Trained weights; gradients take as much, and so does each of the two moments.</param>
/// <param name="Persistent">All that outlives a step: weights, gradients, moments, a frozen encoder, tables.</param>
/// <param name="Step">Most that a step holds at once: activations, their gradients, workspaces on the tape.</param>
/// <param name="Total">All memory asked of the device, with workspaces and what blocks leave unused.</param>
public sealed record TrainingMemory(long Weights, long Persistent, long Step, long Total)
{
    // The blocks of the first step are merged when the second begins.
    private const int Steps = 2;

    /// <summary>The memory of a stage's training.</summary>
    /// <exception cref="OutOfDeviceMemoryException">It does not fit into the device.</exception>
    public static TrainingMemory Of(Stage stage, RunConfig config, Device device)
    {
        using Device rehearsal = device.Rehearsal();
        rehearsal.Precision = config.Training(stage).Precision;
        using SyntheticSteps steps = new(stage, config, rehearsal);
        TrainingMemory memory = steps.Memory;
        for (int i = 0; i < Steps; i++)
        {
            steps.Step();
            memory = steps.Memory with { Total = Math.Max(memory.Total, steps.Memory.Total) };
        }

        return memory;
    }

    /// <summary>The memory, or null if the device has less, or an op of the step cannot be that large.</summary>
    public static TrainingMemory? IfFits(Stage stage, RunConfig config, Device device)
    {
        try
        {
            return Of(stage, config, device);
        }
        catch (CalmException failure) when (failure is not SettingException)
        {
            return null;
        }
    }

    /// <summary>
    /// The most sequences (autoencoder: patches) that fit into the device at once; 0 if one does not. Each try is a rehearsal:
    /// memory grows by steps, so that a few sizes do not foretell it, and a largest piece may bound it first.
    /// </summary>
    public static int LargestBatch(Stage stage, RunConfig config, Device device)
    {
        int fits = 0, tooMany = 1;
        int most = Math.Max(1, MostTokens / TokensOfOne(stage, config));
        while (tooMany <= most && Fits(tooMany))
        {
            (fits, tooMany) = (tooMany, 2 * tooMany);
        }

        while (tooMany <= most && tooMany - fits > 1)
        {
            int middle = fits + (tooMany - fits) / 2;
            (fits, tooMany) = Fits(middle) ? (middle, tooMany) : (fits, middle);
        }

        return fits;

        bool Fits(int sequences) => IfFits(
            stage, config.With(stage, config.Training(stage) with { BatchSize = sequences, Accumulate = 1 }), device) is not null;
    }

    // Tokens of a batch: far more than any training here takes at once, and few enough to be rehearsed in seconds.
    private const int MostTokens = 1 << 21;

    private static int TokensOfOne(Stage stage, RunConfig config) => stage switch
    {
        Stage.Calm => config.Calm.PatchSize * config.CalmTraining.ContextPatches,
        Stage.Ar => config.ArTraining.ContextTokens,
        _ => config.Autoencoder.PatchSize,
    };
}
