using System.Numerics;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>A batch of a language model: the patches that are read, and those that are predicted.</summary>
/// <param name="Inputs">Tokens of patches 0 .. T-2, [B, T - 1, K].</param>
/// <param name="LiveRows">The positions that have a target, of B (T - 1), ascending; null if all have one.</param>
/// <param name="Targets">Tokens of the targets of the live positions, [M, K].</param>
/// <param name="Positions">
/// Number of each live position in the full batch, sequence * (T - 1) + place, [M]. Its noise depends on this number alone.
/// </param>
internal readonly record struct CalmBatch(Tensor Inputs, Tensor? LiveRows, Tensor Targets, Tensor Positions);

/// <summary>The loss of a CALM model: that of its head, plus that of its auxiliary head.</summary>
internal static class CalmObjective
{
    // Enough for products at their full speed on a CPU; what they make then stays in a cache (docs/performance.md).
    private const int HeadRowsOnCpus = 1024;

    private const int MostHeadRows = 1 << 16;

    // The head's rows take at most this part of a GPU's memory.
    private const int HeadShare = 16;

    /// <summary>
    /// The rows of the head, draws of all positions, that are computed at once: few on CPUs, as many as memory gives on GPUs,
    /// where each part of the rows costs some dozens of launches. A power of two that depends on the device's size and the
    /// model's, so that a device gives the same bits twice.
    /// </summary>
    internal static int HeadRowsAtOnce(Device device, CalmConfig config)
    {
        if (!device.WantsLargeLaunches)
        {
            return HeadRowsOnCpus;
        }

        // A row keeps nine vectors a block for backward, and five around them.
        long rowBytes = (long)Tensor.ElementSize * (9 * config.NumMlpLayers + 5) * config.HiddenSize;
        long rows = Math.Clamp(device.MemorySize / HeadShare / rowBytes, HeadRowsOnCpus, MostHeadRows);
        return 1 << BitOperations.Log2((ulong)rows);
    }

    /// <summary>
    /// The loss of a batch. The head's part of it is computed for some positions at a time: with S rows a position it would
    /// take most of a step's memory.
    /// </summary>
    /// <param name="tape">The step.</param>
    /// <param name="model">The model.</param>
    /// <param name="batch">The patches that are read and predicted.</param>
    /// <param name="noise">The random numbers of the step.</param>
    /// <param name="encoded">Latents that are known already; null to encode every patch.</param>
    /// <returns>The terms of the loss: the head's parts, then the auxiliary head's, if there is one.</returns>
    public static LossTerm[] Loss(
        Tape tape, CalmModel model, CalmBatch batch, ICalmNoise noise, EncodedPatches? encoded = null)
    {
        (Tensor mean, Tensor logStd) = Targets(tape, model, batch, encoded);
        Tensor live = Live(tape, batch, model.Hidden(tape, batch.Inputs, encoded: encoded));
        int positionsAtOnce = HeadRowsAtOnce(tape.Device, model.Config) / model.Config.NumSamples;
        LossTerm[] terms = tape.InParts(live, positionsAtOnce, (part, first) =>
        {
            Tensor positions = batch.Positions.Slice(first, new Shape(part.Rows));
            return model.Head.Loss(tape, part, Rows(mean), Rows(logStd), positions, noise).Loss;

            Tensor Rows(Tensor whole) => whole.Slice((long)first * whole.Columns, new Shape(part.Rows, whole.Columns));
        });
        return model.Auxiliary is { } auxiliary ? [.. terms, auxiliary.Loss(tape, live, batch.Targets)] : terms;
    }

    /// <summary>Mean and deviation of the target latents, [M, L] each. The encoder is frozen: its ops are not recorded.</summary>
    public static (Tensor Mean, Tensor LogStd) Targets(
        Tape tape, CalmModel model, CalmBatch batch, EncodedPatches? encoded = null)
    {
        Tensor[] latents = tape.NoGrad(() =>
        {
            (Tensor mean, Tensor logStd) =
                encoded?.Encode(tape, batch.Targets) ?? model.Autoencoder.Encode(tape, batch.Targets);
            return [mean, logStd];
        });
        return (latents[0], latents[1]);
    }

    /// <summary>Selects the hidden states of positions that have a target, [M, d].</summary>
    public static Tensor Live(Tape tape, CalmBatch batch, Tensor hidden)
    {
        Tensor rows = hidden.Reshape(hidden.Rows, hidden.Columns);
        return batch.LiveRows is null ? rows : Embedding.Apply(tape, batch.LiveRows, rows);
    }
}

/// <summary>Random numbers of streams.</summary>
/// <param name="config">Sizes of noise and draws.</param>
/// <param name="seed">The run's seed.</param>
/// <param name="step">The step.</param>
internal sealed class CalmNoise(CalmConfig config, ulong seed, uint step) : ICalmNoise
{
    public Tensor HeadNoise(Tape tape, Tensor positions) =>
        UniformNoise.Apply(tape, positions, config.NumSamples * config.NoiseSize, RandomStreams.HeadNoise(seed, step))
            .Reshape(checked((int)positions.Count), config.NumSamples, config.NoiseSize);

    public TargetNoise TargetNoise(Tape tape, Tensor positions) => new(RandomStreams.TargetNoise(seed, step));

    public DenoisingRows Rows(Tape tape, Tensor mean, Tensor logStd, Tensor positions) =>
        DenoisingRows.Make(
            tape, mean, logStd, positions, config.NumSamples, RandomStreams.TargetNoise(seed, step),
            RandomStreams.HeadNoise(seed, step), RandomStreams.HeadTime(seed, step));
}
