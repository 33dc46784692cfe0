using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Affine map of each row, with an optional residual: y[r, o] = sum over i of x[r, i] * weight[o, i] + bias[o] +
/// residual[r, o].
/// </summary>
public static partial class Linear
{
    private const string Op = nameof(Linear);

    /// <summary>Maps the rows of <paramref name="x"/>.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="x">[..., in].</param>
    /// <param name="weight">[out, in].</param>
    /// <param name="bias">[out], or null for none.</param>
    /// <param name="residual">[..., out], added to the result; or null.</param>
    /// <param name="output">The type of the result: <see cref="Tape.ActivationType"/> if products or formulas read it.</param>
    /// <returns>y, [..., out].</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names the operand.</exception>
    public static Tensor Apply(
        Tape tape, Tensor x, Tensor weight, Tensor? bias = null, Tensor? residual = null,
        ElementType output = ElementType.Float32)
    {
        Check.Device(Op, tape, x, weight, bias, residual);
        Check.That(weight.Shape.Rank == 2, Op, "rank of weight", weight.Shape.Rank, "2");
        Check.Columns(Op, nameof(weight), weight, x.Columns);
        Shape shape = x.Shape.WithColumns(weight.Rows);
        if (bias is not null)
        {
            Check.Vector(Op, nameof(bias), bias, weight.Rows);
        }

        if (residual is not null)
        {
            Check.Shape(Op, nameof(residual), residual, shape);
        }

        Tensor y = tape.Rent(shape, Op, output);
        MatrixProduct.RunWeight(tape, x, weight, y, bias, residual);
        if (tape.Records(x, weight, bias, residual))
        {
            tape.Record(new Node(x, weight, bias, residual, y));
        }

        return y;
    }
}
