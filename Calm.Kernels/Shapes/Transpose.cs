using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Rows become columns: y[c, r] = x[r, c].</summary>
public static partial class Transpose
{
    private const string Op = nameof(Transpose);

    /// <summary>Transposes a matrix.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">[R, C].</param>
    /// <returns>y, [C, R].</returns>
    /// <exception cref="ArgumentException">It is no matrix.</exception>
    public static Tensor Apply(Tape tape, Tensor x)
    {
        Check.Device(Op, tape, x);
        Check.That(x.Shape.Rank == 2, Op, "rank of x", x.Shape.Rank, "2");
        Tensor y = tape.Rent(new Shape(x.Columns, x.Rows), Op);
        tape.Device.Run(new Forward(x, new GradientTarget(y, Accumulate: false)));
        if (tape.Records(x))
        {
            tape.Record(new Node(x, y));
        }

        return y;
    }

    private sealed class Node(Tensor x, Tensor y) : TapeNode
    {
        public override string Op => Transpose.Op;

        public override Tensor Output => y;

        public override void Backward(Tape tape, Tensor gradient) =>
            tape.Device.Run(new Forward(gradient, tape.TargetFor(x, reads: false)));
    }

    private readonly partial struct Forward(Tensor x, GradientTarget y) : IDeviceWork;
}
