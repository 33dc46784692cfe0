using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>A batch of a language model: the patches that are read, and those that are predicted.</summary>
/// <param name="Inputs">Tokens of patches 0 .. T-2, [B, T - 1, K].</param>
/// <param name="LiveRows">Which of the B (T - 1) positions have a target, ascending; null if all have.</param>
/// <param name="Targets">Tokens of the targets of the live positions, [M, K].</param>
/// <param name="Positions">
/// For each live position its number in the full batch, sequence * (T - 1) + place, [M]: what its noise depends on.
/// </param>
internal readonly record struct CalmBatch(Tensor Inputs, Tensor? LiveRows, Tensor Targets, Tensor Positions);

/// <summary>The randomness of a language model's training step.</summary>
internal interface ICalmNoise
{
    /// <summary>Noise of the head, [M, S, noise size], uniform in [-1/2, 1/2).</summary>
    Tensor HeadNoise(Tape tape, Tensor positions);

    /// <summary>The energy score of draws against draws of the targets.</summary>
    Tensor Score(Tape tape, Tensor draws, Tensor mean, Tensor logStd, Tensor positions);
}

/// <summary>What a CALM model is trained for: the energy score of the head's draws.</summary>
internal static class CalmObjective
{
    // Enough for products at their full speed; what they make then stays in a cache (docs/performance.md).
    private const int HeadRowsAtOnce = 1024;

    /// <summary>The loss and what it was made of.</summary>
    /// <param name="Loss">A scalar.</param>
    /// <param name="Hidden">Hidden states of all positions, [B, T - 1, d].</param>
    /// <param name="TargetMean">Means of the target latents, [M, L].</param>
    /// <param name="TargetLogStd">Logarithms of their deviations, [M, L].</param>
    /// <param name="Draws">The head's draws, [M, S, L].</param>
    internal readonly record struct Terms(
        Tensor Loss, Tensor Hidden, Tensor TargetMean, Tensor TargetLogStd, Tensor Draws);

    /// <summary>Computes the loss of a batch; the encoder is frozen and its ops are not recorded.</summary>
    public static Terms Loss(Tape tape, CalmModel model, CalmBatch batch, ICalmNoise noise)
    {
        (Tensor mean, Tensor logStd) = Targets(tape, model, batch);
        Tensor hidden = model.Hidden(tape, batch.Inputs);
        Tensor draws = model.Draw(tape, Live(tape, batch, hidden), noise.HeadNoise(tape, batch.Positions));
        Tensor loss = noise.Score(tape, draws, mean, logStd, batch.Positions);
        return new Terms(loss, hidden, mean, logStd, draws);
    }

    /// <summary>
    /// The same loss with its gradients, made for some positions at a time: most of a step's memory would be the head's,
    /// which sees S rows a position, and each position's loss is its own.
    /// </summary>
    /// <param name="tape">The step.</param>
    /// <param name="model">The model.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="noise">The randomness of the step.</param>
    /// <param name="scale">The loss's own gradient.</param>
    /// <returns>Terms whose weighted sum is the loss.</returns>
    public static LossTerm[] Gradients(
        Tape tape, CalmModel model, CalmBatch batch, ICalmNoise noise, float scale = 1)
    {
        (Tensor mean, Tensor logStd) = Targets(tape, model, batch);
        Tensor live = Live(tape, batch, model.Hidden(tape, batch.Inputs));
        int most = Math.Max(1, HeadRowsAtOnce / model.Config.NumSamples);
        LossTerm[] terms = new LossTerm[(live.Rows + most - 1) / most];
        for (int i = 0; i < terms.Length; i++)
        {
            int first = i * most;
            int count = Math.Min(most, live.Rows - first);
            int mark = tape.Mark;
            Tensor positions = batch.Positions.Slice(first, new Shape(count));
            Tensor draws = model.Draw(tape, tape.Part(live, first, count), noise.HeadNoise(tape, positions));
            Tensor loss = noise.Score(tape, draws, Rows(mean), Rows(logStd), positions);
            terms[i] = new LossTerm(loss, (double)count / live.Rows);
            tape.BackwardTo(mark, (float)(scale * terms[i].Weight), loss);

            Tensor Rows(Tensor whole) => whole.Slice((long)first * whole.Columns, new Shape(count, whole.Columns));
        }

        tape.Backward();
        return terms;
    }

    private static (Tensor Mean, Tensor LogStd) Targets(Tape tape, CalmModel model, CalmBatch batch)
    {
        Tensor[] latents = tape.Frozen(() =>
        {
            (Tensor mean, Tensor logStd) = model.Autoencoder.Encode(tape, batch.Targets);
            return [mean, logStd];
        });
        return (latents[0], latents[1]);
    }

    /// <summary>Hidden states of the positions that have a target, [M, d].</summary>
    private static Tensor Live(Tape tape, CalmBatch batch, Tensor hidden)
    {
        Tensor rows = hidden.Reshape(hidden.Rows, hidden.Columns);
        return batch.LiveRows is null ? rows : Embedding.Apply(tape, batch.LiveRows, rows);
    }
}

/// <summary>Randomness from streams.</summary>
/// <param name="config">Sizes of noise, draws and targets.</param>
/// <param name="seed">The run's seed.</param>
/// <param name="step">The step.</param>
internal sealed class CalmNoise(CalmConfig config, ulong seed, uint step) : ICalmNoise
{
    public Tensor HeadNoise(Tape tape, Tensor positions) =>
        UniformNoise.Apply(tape, positions, config.NumSamples * config.NoiseSize, RandomStreams.HeadNoise(seed, step))
            .Reshape(checked((int)positions.Count), config.NumSamples, config.NoiseSize);

    public Tensor Score(Tape tape, Tensor draws, Tensor mean, Tensor logStd, Tensor positions) =>
        EnergyScore.Apply(
            tape, draws, mean, logStd, positions, RandomStreams.TargetNoise(seed, step), config.NumTargets, config.Beta);
}
