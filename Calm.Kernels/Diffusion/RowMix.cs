using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// A weighted sum of two matrices with weights of its own for each row: z[r] = k[r, 0] * x[r] + k[r, 1] * y[r]. Noise is
/// mixed into latents this way, and a solver of a differential equation takes its steps by it. No gradient.
/// </summary>
public static partial class RowMix
{
    private const string Op = nameof(RowMix);

    /// <summary>Mixes rows.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="x">[R, C].</param>
    /// <param name="y">In the shape of <paramref name="x"/>.</param>
    /// <param name="weights">[R, W], or [1, W] for all rows alike; the first two columns are k.</param>
    /// <returns>z, in the shape of <paramref name="x"/>.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names the operand.</exception>
    public static Tensor Apply(Tape tape, Tensor x, Tensor y, Tensor weights)
    {
        Check.Device(Op, tape, x, y, weights);
        Check.Shape(Op, nameof(y), y, x.Shape);
        Check.That(weights.Rows == 1 || weights.Rows == x.Rows, Op, "rows of weights", weights.Rows, $"1 or {x.Rows}");
        Check.That(weights.Columns >= 2, Op, "columns of weights", weights.Columns, "at least 2");
        Tensor z = tape.Rent(x.Shape, Op);
        if (tape.Device is HostDevice host)
        {
            ApplyOnHost(host, x, y, weights, z);
        }
        else
        {
            bool done = false;
            ApplyOnDevice(x, y, weights, z, ref done);
            Check.Done(Op, tape.Device, done);
        }

        return z;
    }

    static partial void ApplyOnDevice(Tensor x, Tensor y, Tensor weights, Tensor z, ref bool done);
}
