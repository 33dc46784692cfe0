using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Root-mean-square norm of each row: y[r, c] = weight[c] * x[r, c] / sqrt(mean over c of x[r, c]^2 + epsilon).
/// Source: Zhang and Sennrich 2019, arXiv:1910.07467, equation 4.
/// </summary>
public static partial class RmsNorm
{
    private const string Op = nameof(RmsNorm);

    /// <summary>Normalises the rows of <paramref name="x"/>.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="x">[..., C].</param>
    /// <param name="weight">Scale of each column, [C].</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="output">The type of the result: <see cref="Tape.ActivationType"/> if only products read it.</param>
    /// <returns>y, in the shape of <paramref name="x"/>.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names the operand.</exception>
    public static Tensor Apply(
        Tape tape, Tensor x, Tensor weight, float epsilon = 1e-6f, ElementType output = ElementType.Float32)
    {
        Check.Device(Op, tape, x, weight);
        Check.Vector(Op, nameof(weight), weight, x.Columns);

        Tensor y = tape.Rent(x.Shape, Op, output);
        Tensor rstd = tape.Rent(new Shape(x.Rows), Op);
        tape.Device.Run(new Forward(x, weight, epsilon, y, rstd));
        if (tape.Records(x, weight))
        {
            tape.Record(new Node(x, weight, y, rstd));
        }

        return y;
    }

    private readonly partial struct Forward(Tensor x, Tensor weight, float epsilon, Tensor y, Tensor rstd) : IDeviceWork;
}
