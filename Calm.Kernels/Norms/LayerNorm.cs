using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Layer norm of each row: y[r, c] = weight[c] * (x[r, c] - mean) / sqrt(variance + epsilon) + bias[c], with the biased
/// variance of the row. Source: Ba, Kiros and Hinton 2016, arXiv:1607.06450, equation 4.
/// </summary>
public static partial class LayerNorm
{
    private const string Op = nameof(LayerNorm);

    /// <summary>Normalises the rows of <paramref name="x"/>.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="x">[..., C].</param>
    /// <param name="weight">Scale of each column, [C]; null for 1.</param>
    /// <param name="bias">Shift of each column, [C]; null for 0. Given if and only if <paramref name="weight"/> is.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="output">The type of the result: <see cref="Tape.ActivationType"/> if only products read it.</param>
    /// <returns>y, in the shape of <paramref name="x"/>.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names the operand.</exception>
    public static Tensor Apply(
        Tape tape, Tensor x, Tensor? weight, Tensor? bias, float epsilon = 1e-6f, ElementType output = ElementType.Float32)
    {
        Check.Device(Op, tape, x, weight, bias);
        if ((weight is null) != (bias is null))
        {
            throw new ArgumentException($"{Op}: weight and bias go together; one of them is missing.");
        }

        if (weight is not null)
        {
            Check.Vector(Op, nameof(weight), weight, x.Columns);
            Check.Vector(Op, nameof(bias), bias!, x.Columns);
        }

        Tensor y = tape.Rent(x.Shape, Op, output);
        Tensor mean = tape.Rent(new Shape(x.Rows), Op);
        Tensor rstd = tape.Rent(new Shape(x.Rows), Op);
        tape.Device.Run(new Forward(x, weight, bias, epsilon, y, mean, rstd));
        if (tape.Records(x, weight, bias))
        {
            tape.Record(new Node(x, weight, bias, y, mean, rstd));
        }

        return y;
    }

    private readonly partial struct Forward(
        Tensor x, Tensor? weight, Tensor? bias, float epsilon, Tensor y, Tensor mean, Tensor rstd) : IDeviceWork;
}
