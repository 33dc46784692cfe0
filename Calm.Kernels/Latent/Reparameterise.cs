using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// A draw from a normal distribution through which gradients flow: z = mean + e * exp(logStd), e standard normal.
/// Source: Kingma and Welling 2014, arXiv:1312.6114, section 2.4.
/// </summary>
public static partial class Reparameterise
{
    private const string Op = nameof(Reparameterise);

    /// <summary>Draws with noise made on the way.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="mean">[..., L], N rows.</param>
    /// <param name="logStd">Logarithm of the standard deviation, in the shape of <paramref name="mean"/>.</param>
    /// <param name="rows">Global index of each row, int [N], not negative: micro-batches do not change the noise.</param>
    /// <param name="noise">Component l of row r is its normal number rows[r] * L + l.</param>
    /// <returns>z, in the shape of <paramref name="mean"/>.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names the operand.</exception>
    public static Tensor Apply(Tape tape, Tensor mean, Tensor logStd, Tensor rows, RandomStream noise)
    {
        Check.Device(Op, tape, mean, logStd, rows);
        Check.Vector(Op, nameof(rows), rows, mean.Rows);
        return Apply(tape, mean, logStd, new RowNoise(null, rows, noise));
    }

    /// <summary>Draws with given noise.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="mean">[..., L].</param>
    /// <param name="logStd">Logarithm of the standard deviation, in the shape of <paramref name="mean"/>.</param>
    /// <param name="noise">e, in the shape of <paramref name="mean"/>; gets no gradient.</param>
    /// <returns>z, in the shape of <paramref name="mean"/>.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names the operand.</exception>
    public static Tensor Apply(Tape tape, Tensor mean, Tensor logStd, Tensor noise)
    {
        Check.Device(Op, tape, mean, logStd, noise);
        Check.Shape(Op, nameof(noise), noise, mean.Shape);
        return Apply(tape, mean, logStd, new RowNoise(noise, null, default));
    }

    private static Tensor Apply(Tape tape, Tensor mean, Tensor logStd, RowNoise noise)
    {
        Check.Shape(Op, nameof(logStd), logStd, mean.Shape);
        Tensor z = tape.Rent(mean.Shape, Op);
        tape.Device.Run(new Forward(mean, logStd, noise, z));
        if (tape.Records(mean, logStd))
        {
            tape.Record(new Node(mean, logStd, noise, z));
        }

        return z;
    }

    private readonly partial struct Forward(Tensor mean, Tensor logStd, RowNoise noise, Tensor z) : IDeviceWork;
}
