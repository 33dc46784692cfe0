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

/// <summary>What a CALM model is trained for: the loss of its head, and what its auxiliary head adds.</summary>
internal static class CalmObjective
{
    // Enough for products at their full speed; what they make then stays in a cache (docs/performance.md).
    private const int HeadRowsAtOnce = 1024;

    /// <summary>The loss and what it was made of.</summary>
    /// <param name="Loss">The head's loss, a scalar.</param>
    /// <param name="Auxiliary">The weighted cross-entropy of the auxiliary head, a scalar; null where there is none.</param>
    /// <param name="Hidden">Hidden states of all positions, [B, T - 1, d].</param>
    /// <param name="TargetMean">Means of the target latents, [M, L].</param>
    /// <param name="TargetLogStd">Logarithms of their deviations, [M, L].</param>
    /// <param name="Draws">What the head made of each draw: see <see cref="LatentHead.Loss"/>.</param>
    internal readonly record struct Terms(
        Tensor Loss, Tensor? Auxiliary, Tensor Hidden, Tensor TargetMean, Tensor TargetLogStd, Tensor Draws)
    {
        /// <summary>What is minimised: the sum of these.</summary>
        public Tensor[] Sum => Auxiliary is null ? [Loss] : [Loss, Auxiliary];
    }

    /// <summary>Computes the loss of a batch; the encoder is frozen and its ops are not recorded.</summary>
    /// <param name="tape">The step.</param>
    /// <param name="model">The model.</param>
    /// <param name="batch">What it reads and predicts.</param>
    /// <param name="noise">The randomness of the step.</param>
    /// <param name="encoded">Latents that are known already; null to encode every patch.</param>
    public static Terms Loss(
        Tape tape, CalmModel model, CalmBatch batch, ICalmNoise noise, EncodedPatches? encoded = null)
    {
        (Tensor mean, Tensor logStd) = Targets(tape, model, batch, encoded);
        Tensor hidden = model.Hidden(tape, batch.Inputs, encoded: encoded);
        Tensor live = Live(tape, batch, hidden);
        (Tensor loss, Tensor draws) = model.Head.Loss(tape, live, mean, logStd, batch.Positions, noise);
        Tensor? auxiliary = model.Auxiliary?.Loss(tape, live, batch.Targets);
        return new Terms(loss, auxiliary, hidden, mean, logStd, draws);
    }

    /// <summary>
    /// The same loss with its gradients, made for some positions at a time: most of a step's memory would be the head's,
    /// which sees S rows a position, and each position's loss is its own.
    /// </summary>
    /// <param name="tape">The step.</param>
    /// <param name="model">The model.</param>
    /// <param name="batch">What it reads and predicts.</param>
    /// <param name="noise">The randomness of the step.</param>
    /// <param name="scale">The loss's own gradient.</param>
    /// <param name="encoded">Latents that are known already; null to encode every patch.</param>
    /// <returns>Terms whose weighted sum is the loss.</returns>
    public static LossTerm[] Gradients(
        Tape tape, CalmModel model, CalmBatch batch, ICalmNoise noise, float scale = 1, EncodedPatches? encoded = null)
    {
        (Tensor mean, Tensor logStd) = Targets(tape, model, batch, encoded);
        Tensor live = Live(tape, batch, model.Hidden(tape, batch.Inputs, encoded: encoded));
        int most = Math.Max(1, HeadRowsAtOnce / model.Config.NumSamples);
        List<LossTerm> terms = [];
        for (int first = 0; first < live.Rows; first += most)
        {
            int count = Math.Min(most, live.Rows - first);
            int mark = tape.Mark;
            Tensor positions = batch.Positions.Slice(first, new Shape(count));
            Tensor part = tape.Part(live, first, count);
            Tensor loss = model.Head.Loss(tape, part, Rows(mean), Rows(logStd), positions, noise).Loss;
            Add(loss, (double)count / live.Rows, mark);

            Tensor Rows(Tensor whole) => whole.Slice((long)first * whole.Columns, new Shape(count, whole.Columns));
        }

        if (model.Auxiliary is { } auxiliary)
        {
            int mark = tape.Mark;
            Add(auxiliary.Loss(tape, live, batch.Targets), 1, mark);
        }

        tape.Backward();
        return [.. terms];

        void Add(Tensor loss, double weight, int mark)
        {
            terms.Add(new LossTerm(loss, weight));
            tape.BackwardTo(mark, (float)(scale * weight), loss);
        }
    }

    private static (Tensor Mean, Tensor LogStd) Targets(
        Tape tape, CalmModel model, CalmBatch batch, EncodedPatches? encoded)
    {
        Tensor[] latents = tape.NoGrad(() =>
        {
            (Tensor mean, Tensor logStd) =
                encoded?.Encode(tape, batch.Targets) ?? model.Autoencoder.Encode(tape, batch.Targets);
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

    public DenoisingRows Rows(Tape tape, Tensor mean, Tensor logStd, Tensor positions) =>
        DenoisingRows.Make(
            tape, mean, logStd, positions, config.NumSamples, RandomStreams.TargetNoise(seed, step),
            RandomStreams.HeadNoise(seed, step), RandomStreams.HeadTime(seed, step));
}
