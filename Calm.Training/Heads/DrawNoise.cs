using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// The random numbers that a draw of the next latent takes, all at once: uniform ones for the energy head, the normal latent
/// from which a flow starts, and for diffusion that and the fresh noise of every step but the last.
/// </summary>
internal static class DrawNoise
{
    /// <summary>Number of random numbers of a draw.</summary>
    public static int Size(CalmConfig config) => config.Head switch
    {
        HeadKind.Diffusion => DiffusionHead.SamplingSteps * config.LatentSize,
        HeadKind.Flow => config.LatentSize,
        _ => config.NoiseSize,
    };

    /// <summary>Noise of draws; each number depends on row, draw and place alone.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="config">The configuration of the head.</param>
    /// <param name="rows">Row numbers, int [R].</param>
    /// <param name="draws">S.</param>
    /// <param name="stream">Number i of draw s of row r is number (r S + s) size + i.</param>
    /// <returns>[R, S, <see cref="Size"/>].</returns>
    public static Tensor Make(Tape tape, CalmConfig config, Tensor rows, int draws, RandomStream stream)
    {
        int size = Size(config);
        Tensor numbers = config.Head == HeadKind.Energy
            ? UniformNoise.Apply(tape, rows, draws * size, stream)
            : Normals(tape, rows, draws * size, stream);
        return numbers.Reshape(checked((int)rows.Count), draws, size);
    }

    /// <summary>Noise of draws [first, first + count): that of rows with one draw each.</summary>
    /// <inheritdoc cref="Make(Tape, CalmConfig, Tensor, int, RandomStream)"/>
    public static Tensor Make(Tape tape, CalmConfig config, int first, int count, RandomStream stream)
    {
        int[] draws = [.. Enumerable.Range(first, count)];
        return Make(tape, config, tape.FromIntegers(draws, new Shape(count)), 1, stream);
    }

    /// <summary>Standard normal numbers: number c of row r is number rows[r] * columns + c of the stream.</summary>
    public static Tensor Normals(Tape tape, Tensor rows, int columns, RandomStream stream)
    {
        Tensor zeros = tape.Rent(new Shape(checked((int)rows.Count), columns), nameof(DrawNoise));
        zeros.Clear();
        return Reparameterise.Apply(tape, zeros, zeros, rows, stream);
    }
}
