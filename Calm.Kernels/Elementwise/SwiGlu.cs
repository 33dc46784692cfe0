using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// The gated unit of a transformer's feed-forward layer, on the output of one product that makes gate and up side by
/// side: y[r, c] = silu(x[r, c]) * x[r, C + c]. Source: Shazeer 2020, arXiv:2002.05202, equation 5.
/// </summary>
public static partial class SwiGlu
{
    private const string Op = nameof(SwiGlu);

    /// <summary>Multiplies each row's second half by the SiLU of its first.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="gateUp">[..., 2 C]: gate, then up.</param>
    /// <returns>y, [..., C], of the type of <paramref name="gateUp"/>.</returns>
    /// <exception cref="ArgumentException">The number of columns is odd.</exception>
    public static Tensor Apply(Tape tape, Tensor gateUp)
    {
        Check.Device(Op, tape, gateUp);
        Check.That(gateUp.Columns % 2 == 0, Op, "columns of gateUp", gateUp.Columns, "an even number");

        Tensor y = tape.Rent(gateUp.Shape.WithColumns(gateUp.Columns / 2), Op, gateUp.ElementType);
        tape.Device.Run(new Forward(gateUp, y));
        if (tape.Records(gateUp))
        {
            tape.Record(new Node(gateUp, y));
        }

        return y;
    }

    private readonly partial struct Forward(Tensor gateUp, Tensor y) : IDeviceWork;
}
