using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Noise for the draws of a generative head: y[r, c] = u - 1/2 with u uniform in [0, 1), element c of row r having index
/// rows[r] * C + c of the stream. A row's noise depends only on its number, not on its place in a batch.
/// </summary>
public static partial class UniformNoise
{
    private const string Op = nameof(UniformNoise);

    /// <summary>Draws one row for each row number.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="rows">Row numbers, [R].</param>
    /// <param name="columns">C.</param>
    /// <param name="stream">The source of the numbers.</param>
    /// <returns>y, [R, C].</returns>
    public static Tensor Apply(Tape tape, Tensor rows, int columns, RandomStream stream)
    {
        Check.Device(Op, tape, rows);
        int count = checked((int)rows.Count);
        Tensor y = tape.Rent(new Shape(count, columns), Op);
        tape.Device.Run(new Forward(new RowNoise(null, rows, stream), y));
        return y;
    }

    private readonly partial struct Forward(RowNoise noise, Tensor y) : IDeviceWork;
}
