using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>Training data of a <see cref="DenoisingHead"/>: R = M S rows, the S draws of a position side by side.</summary>
/// <param name="Positions">The position of each row, of M, int [R].</param>
/// <param name="Latents">Draws of the targets, [R, L].</param>
/// <param name="Noise">Standard normal, [R, L].</param>
/// <param name="Times">The time of each mixture of noise and latent, in [0, 1), [R].</param>
internal readonly record struct DenoisingRows(Tensor Positions, Tensor Latents, Tensor Noise, float[] Times)
{
    /// <summary>The times as inputs of the net.</summary>
    public int[] Steps => [.. Times.Select(time => (int)(DenoisingNet.Times * time))];

    /// <summary>Makes rows from streams, by the positions' numbers in the full batch.</summary>
    public static DenoisingRows Make(
        Tape tape, Tensor mean, Tensor logStd, Tensor positions, int draws, RandomStream targets, RandomStream noise,
        RandomStream times)
    {
        int[] numbers = positions.ToIntegerArray();
        int[] rows = [.. numbers.SelectMany(number => Enumerable.Range(checked(number * draws), draws))];
        Tensor places = Places(tape, numbers.Length, draws);
        Tensor global = tape.FromIntegers(rows, new Shape(rows.Length));
        Tensor latents = Reparameterise.Apply(
            tape, Embedding.Apply(tape, places, mean), Embedding.Apply(tape, places, logStd), global, targets);
        return new DenoisingRows(
            places, latents, DrawNoise.Normals(tape, global, mean.Columns, noise),
            [.. rows.Select(row => times.Uniform((ulong)row))]);
    }

    /// <summary>0 .. M - 1, each S times, [M S].</summary>
    public static Tensor Places(Tape tape, int positions, int draws)
    {
        int[] places = [.. Enumerable.Range(0, positions * draws).Select(row => row / draws)];
        return tape.FromIntegers(places, new Shape(places.Length));
    }
}
