using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// A weighted sum of two matrices with weights of its own for each row: z[r] = k[r, 0] * x[r] + k[r, 1] * y[r]. It mixes
/// noise into latents and takes the steps of a differential equation's solver. No gradient.
/// </summary>
public static partial class WeightedAdd
{
    private const string Op = nameof(WeightedAdd);

    /// <summary>Adds two matrices.</summary>
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
        tape.Device.Run(new Forward(x, y, weights, z));
        return z;
    }

    private readonly partial struct Forward(Tensor x, Tensor y, Tensor weights, Tensor z) : IDeviceWork
    {
        // Distance of two rows' weights; 0 if all rows share them.
        private readonly int _stride = weights.Rows == 1 ? 0 : weights.Columns;
    }
}
