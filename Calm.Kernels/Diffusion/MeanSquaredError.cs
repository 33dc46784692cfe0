using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Mean over rows, and over the columns of each, of (x - target)^2: what a flow's velocity is fitted by.</summary>
public static partial class MeanSquaredError
{
    private const string Op = nameof(MeanSquaredError);

    /// <summary>The loss, and the losses of rows whose mean it is.</summary>
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
        if (tape.Device is HostDevice host)
        {
            ForwardOnHost(host, x, target, rows, loss);
        }
        else
        {
            bool done = false;
            ForwardOnDevice(x, target, rows, loss, ref done);
            Check.Done(Op, tape.Device, done);
        }

        if (tape.Records(x))
        {
            tape.Record(new Node(x, target, loss));
        }

        return (loss, rows);
    }

    static partial void ForwardOnDevice(Tensor x, Tensor target, Tensor rows, Tensor loss, ref bool done);
}
