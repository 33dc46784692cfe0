using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Mean over rows, and over the columns of each, of (x - target)^2; a flow's velocity is fitted by it.</summary>
public static partial class MeanSquaredError
{
    private const string Op = nameof(MeanSquaredError);

    /// <summary>The loss, and the losses of the rows, whose mean it is.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="x">[..., C], R rows.</param>
    /// <param name="target">In the shape of <paramref name="x"/>; gets no gradient.</param>
    /// <returns>A scalar, and [R], which carries no gradient.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names the operand.</exception>
    public static (Tensor Loss, Tensor Rows) Apply(Tape tape, Tensor x, Tensor target)
    {
        Check.Device(Op, tape, x, target);
        Check.Shape(Op, nameof(target), target, x.Shape);
        Check.That(x.Rows >= 1, Op, "number of rows", x.Rows, "at least 1");
        Tensor loss = tape.Rent(default, Op);
        Tensor rows = tape.Rent(new Shape(x.Rows), Op);
        tape.Device.Run(new Forward(x, target, rows, loss));
        if (tape.Records(x))
        {
            tape.Record(new Node(x, target, loss));
        }

        return (loss, rows);
    }

    private readonly partial struct Forward(Tensor x, Tensor target, Tensor rows, Tensor loss) : IDeviceWork;
}
