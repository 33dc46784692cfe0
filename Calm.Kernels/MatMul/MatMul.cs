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
        Operand left = new(a, transposeA);
        Operand right = new(b, transposeB);
        Check.That(right.Rows == left.Columns, Op, "depth of b", right.Rows, $"{left.Columns}");
        Tensor c = tape.Rent(new Shape(left.Rows, right.Columns), Op);
        tape.Device.Run(new Product(left, right, new GradientTarget(c, Accumulate: false)));
        if (tape.Records(a, b))
        {
            tape.Record(new Node(left, right, c));
        }

        return c;
    }

    /// <summary>
    /// dA = dC B^T and dB = A^T dC; of a transposed operand the same transposed. Saved: nothing but the operands.
    /// </summary>
    private sealed class Node(Operand a, Operand b, Tensor c) : TapeNode
    {
        public override string Op => MatMul.Op;

        public override Tensor Output => c;

        public override void Backward(Tape tape, Tensor gradient)
        {
            Operand dc = new(gradient, IsTransposed: false);
            if (a.Tensor.RequiresGradient)
            {
                GradientTarget da = tape.TargetFor(a.Tensor);
                tape.Device.Run(a.IsTransposed ? new Product(b, dc.Transposed, da) : new Product(dc, b.Transposed, da));
            }

            if (b.Tensor.RequiresGradient)
            {
                GradientTarget db = tape.TargetFor(b.Tensor);
                tape.Device.Run(b.IsTransposed ? new Product(dc.Transposed, a, db) : new Product(a.Transposed, dc, db));
            }
        }
    }

    /// <summary>A matrix, read as it is or transposed.</summary>
    private readonly record struct Operand(Tensor Tensor, bool IsTransposed)
    {
        public int Rows => IsTransposed ? Tensor.Columns : Tensor.Rows;

        public int Columns => IsTransposed ? Tensor.Rows : Tensor.Columns;

        public Operand Transposed => this with { IsTransposed = !IsTransposed };
    }

    /// <summary>target (+)= a b.</summary>
    private readonly partial struct Product(Operand a, Operand b, GradientTarget target) : IDeviceWork
    {
        public unsafe void Run(HostDevice host) => HostGemm.Multiply(
            host, a.Rows, b.Columns, a.Columns, MatrixOf(a), MatrixOf(b), target.Tensor.Pointer, b.Columns, target.Accumulate);

        private static HostMatrix MatrixOf(Operand operand) =>
            operand.IsTransposed ? HostMatrix.TransposeOf(operand.Tensor) : HostMatrix.Of(operand.Tensor);
    }
}
