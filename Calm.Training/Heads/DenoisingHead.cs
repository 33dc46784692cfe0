using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>A head whose net sees a mixture of latent and noise and predicts the noise, or the velocity to the latent.</summary>
internal abstract class DenoisingHead : LatentHead
{
    private readonly DenoisingNet _net;

    /// <summary>Adds the parameters of the net to a set.</summary>
    protected DenoisingHead(ParameterSet parameters, CalmConfig config, int outputs)
    {
        _net = new DenoisingNet(parameters, config, outputs);
    }

    /// <inheritdoc/>
    public sealed override (Tensor Loss, Tensor Draws) Loss(
        Tape tape, Tensor hidden, Tensor mean, Tensor logStd, Tensor positions, ICalmNoise noise)
    {
        DenoisingRows rows = noise.Rows(tape, mean, logStd, positions);
        Tensor condition = Embedding.Apply(tape, rows.Positions, _net.Embed(tape, hidden));
        Tensor times = tape.FromIntegers(rows.Steps, new Shape(rows.Times.Length));
        (Tensor loss, Tensor losses) = Loss(tape, rows, times, mixed => _net.Apply(tape, mixed, condition, times, 1));
        return (loss, losses.Reshape(mean.Rows, rows.Times.Length / mean.Rows));
    }

    /// <inheritdoc/>
    public sealed override Tensor Draw(Tape tape, Tensor hidden, Tensor noise)
    {
        int positions = noise.Shape[0];
        int draws = noise.Shape[1];
        Tensor condition = _net.Embed(tape, hidden);
        Tensor latents = Draw(tape, noise.Reshape(positions * draws, noise.Columns), Seen);
        return latents.Reshape(positions, draws, latents.Columns);

        Tensor Seen(Tape step, Tensor x, int time)
        {
            int[] times = new int[positions];
            Array.Fill(times, time);
            return _net.Apply(step, x, condition, step.FromIntegers(times, new Shape(positions)), draws);
        }
    }

    /// <summary>Applies the net to latents at a time.</summary>
    protected delegate Tensor Net(Tape tape, Tensor x, int time);

    /// <summary>The mean loss of mixtures of latent and noise, and the loss of each row.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="rows">Latents, noise and times.</param>
    /// <param name="times">The times as inputs of the net, int [R].</param>
    /// <param name="net">Applies the net to mixtures [R, L].</param>
    protected abstract (Tensor Loss, Tensor Rows) Loss(
        Tape tape, DenoisingRows rows, Tensor times, Func<Tensor, Tensor> net);

    /// <summary>Draws latents [R, L] from noise [R, numbers of a draw].</summary>
    protected abstract Tensor Draw(Tape tape, Tensor noise, Net net);

    /// <summary>
    /// Runs steps from latents to latents in the memory of two: two tapes take turns, so that a step's input outlives the tape
    /// on which it was computed by one step.
    /// </summary>
    /// <param name="tape">The tape of the result.</param>
    /// <param name="x">Input of the first step.</param>
    /// <param name="count">Number of steps.</param>
    /// <param name="next">Computes a step, given its tape, input and number.</param>
    protected static Tensor Iterate(Tape tape, Tensor x, int count, Func<Tape, Tensor, int, Tensor> next)
    {
        using Tape even = new(tape.Device, recording: false);
        using Tape odd = new(tape.Device, recording: false);
        for (int step = 0; step < count - 1; step++)
        {
            Tape own = step % 2 == 0 ? even : odd;
            own.Reset();
            x = next(own, x, step);
        }

        return tape.NoGrad(() => [next(tape, x, count - 1)])[0];
    }
}
