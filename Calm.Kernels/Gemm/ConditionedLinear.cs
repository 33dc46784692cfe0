using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Affine map of [x ; condition] for several draws of x at each position: y[m S + s] = Wx x[m S + s] + (Wc condition[m]
/// + bias), where Wx and Wc are the left and right columns of weight, read where they lie. The second term is computed once a
/// position, and [x ; condition] never exists.
/// </summary>
public static partial class ConditionedLinear
{
    private const string Op = nameof(ConditionedLinear);

    /// <summary>Maps the rows of <paramref name="x"/>, each with the condition of its position.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="x">[M * S, dx]: the draws of a position follow each other.</param>
    /// <param name="condition">[M, dc].</param>
    /// <param name="weight">[out, dx + dc].</param>
    /// <param name="bias">[out], or null for none.</param>
    /// <param name="draws">S, at least 1.</param>
    /// <param name="output">The type of the result: <see cref="Tape.ActivationType"/> if products or formulas read it.</param>
    /// <returns>y, [M * S, out].</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names the operand.</exception>
    public static Tensor Apply(
        Tape tape, Tensor x, Tensor condition, Tensor weight, Tensor? bias, int draws,
        ElementType output = ElementType.Float32)
    {
        Check.Device(Op, tape, x, condition, weight, bias);
        Check.That(draws >= 1, Op, "draws", draws, "at least 1");
        Check.That(
            x.Rows == (long)condition.Rows * draws, Op, "rows of x", x.Rows,
            $"{condition.Rows} positions of {draws} draws");
        Check.That(weight.Shape.Rank == 2, Op, "rank of weight", weight.Shape.Rank, "2");
        Check.Columns(Op, nameof(weight), weight, x.Columns + condition.Columns);
        if (bias is not null)
        {
            Check.Vector(Op, nameof(bias), bias, weight.Rows);
        }

        Tensor y = tape.Rent(x.Shape.WithColumns(weight.Rows), Op, output);
        Tensor shared = tape.Rent(new Shape(condition.Rows, weight.Rows), Op);
        MatrixProduct.RunWeight(
            tape, condition.Rows, weight.Rows, condition.Columns, new(condition),
            new(weight, x.Columns, Transposed: true), new(shared), accumulate: false, bias);
        MatrixProduct.RunWeight(tape, x, weight, y, null, shared, draws);
        if (tape.Records(x, condition, weight, bias))
        {
            tape.Record(new Node(x, condition, weight, bias, draws, y));
        }

        return y;
    }
}
