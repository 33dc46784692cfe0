using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Product of two matrices, c[i, j] = sum over k of a[i, k] * b[k, j], either of which may be transposed.</summary>
public static partial class MatMul
{
    private const string Op = nameof(MatMul);

    /// <summary>Multiplies two matrices.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="a">[M, K]; [K, M] if transposed.</param>
    /// <param name="b">[K, N]; [N, K] if transposed.</param>
    /// <param name="transposeA">Whether a's rows are the product's depth.</param>
    /// <param name="transposeB">Whether b's columns are the product's depth.</param>
    /// <returns>c, [M, N].</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names the operand.</exception>
    public static Tensor Apply(Tape tape, Tensor a, Tensor b, bool transposeA = false, bool transposeB = false)
    {
        Check.Device(Op, tape, a, b);
        Check.That(a.Shape.Rank == 2, Op, "rank of a", a.Shape.Rank, "2");
        Check.That(b.Shape.Rank == 2, Op, "rank of b", b.Shape.Rank, "2");
        MatrixOperand left = new(a, Transposed: transposeA);
        MatrixOperand right = new(b, Transposed: transposeB);
        (int rows, int depth) = transposeA ? (a.Columns, a.Rows) : (a.Rows, a.Columns);
        (int depthOfB, int columns) = transposeB ? (b.Columns, b.Rows) : (b.Rows, b.Columns);
        Check.That(depthOfB == depth, Op, "depth of b", depthOfB, $"{depth}");
        Tensor c = tape.Rent(new Shape(rows, columns), Op);
        MatrixProduct.Run(tape.Device, rows, columns, depth, left, right, new(c), accumulate: false);
        if (tape.Records(a, b))
        {
            tape.Record(new Node(left, right, c));
        }

        return c;
    }

    /// <summary>
    /// dA = dC B^T and dB = A^T dC; of a transposed operand the same transposed. Saved: nothing but the operands.
    /// </summary>
    private sealed class Node(MatrixOperand a, MatrixOperand b, Tensor c) : TapeNode
    {
        public override string Op => MatMul.Op;

        public override Tensor Output => c;

        public override void Backward(Tape tape, Tensor gradient)
        {
            MatrixOperand dc = new(gradient);
            if (a.Tensor.RequiresGradient)
            {
                Add(tape, a, dc, Transposed(b), c.Columns);
            }

            if (b.Tensor.RequiresGradient)
            {
                Add(tape, b, Transposed(a), dc, c.Rows);
            }
        }

        /// <summary>dOperand (+)= left right, or, if the operand is transposed, right^T left^T.</summary>
        private static void Add(Tape tape, MatrixOperand operand, MatrixOperand left, MatrixOperand right, int depth)
        {
            (Tensor target, bool accumulate) = tape.TargetFor(operand.Tensor);
            (left, right) = operand.Transposed ? (Transposed(right), Transposed(left)) : (left, right);
            MatrixProduct.Run(tape.Device, target.Rows, target.Columns, depth, left, right, new(target), accumulate);
        }

        private static MatrixOperand Transposed(MatrixOperand operand) => operand with { Transposed = !operand.Transposed };
    }
}
