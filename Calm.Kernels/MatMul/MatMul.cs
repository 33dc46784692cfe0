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
        (int rows, int depth) = transposeA ? (a.Columns, a.Rows) : (a.Rows, a.Columns);
        (int depthOfB, int columns) = transposeB ? (b.Columns, b.Rows) : (b.Rows, b.Columns);
        Check.That(depthOfB == depth, Op, "depth of b", depthOfB, $"{depth}");
        MatrixOperand left = new(a, Transposed: transposeA);
        MatrixOperand right = new(b, Transposed: transposeB);
        Tensor c = tape.Rent(new Shape(rows, columns), Op);
        MatrixProduct.Run(tape.Device, rows, columns, depth, left, right, new MatrixOperand(c), accumulate: false);
        if (tape.Records(a, b))
        {
            tape.Record(new Node(left, right, c, depth));
        }

        return c;
    }

    /// <summary>dA = dC B^T and dB = A^T dC; of a transposed operand the same transposed. Saved: nothing but the operands.</summary>
    private sealed class Node(MatrixOperand a, MatrixOperand b, Tensor c, int depth) : TapeNode
    {
        public override string Op => MatMul.Op;

        public override Tensor Output => c;

        public override void Backward(Tape tape, Tensor gradient)
        {
            MatrixOperand dc = new(gradient);
            if (a.Tensor.RequiresGradient)
            {
                AddGradient(tape, a, c.Rows, c.Columns, dc, Transpose(b));
            }

            if (b.Tensor.RequiresGradient)
            {
                AddGradient(tape, Transpose(b), c.Columns, c.Rows, Transpose(dc), a);
            }
        }

        /// <summary>Adds x y, [rows, depth], to the gradient of an operand, transposed where the operand is.</summary>
        private void AddGradient(Tape tape, MatrixOperand operand, int rows, int inner, MatrixOperand x, MatrixOperand y)
        {
            (Tensor place, bool accumulate) = tape.TargetFor(operand.Tensor);
            if (operand.Transposed)
            {
                MatrixProduct.Run(tape.Device, depth, rows, inner, Transpose(y), Transpose(x), new MatrixOperand(place), accumulate);
            }
            else
            {
                MatrixProduct.Run(tape.Device, rows, depth, inner, x, y, new MatrixOperand(place), accumulate);
            }
        }

        private static MatrixOperand Transpose(MatrixOperand operand) => operand with { Transposed = !operand.Transposed };
    }
}
