using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// The driver of row functions: from an <see cref="IRowFunction"/> it makes the host's loops, the device's kernels and the
/// backward pass. Saved: y, and one number a row.
/// </summary>
public static partial class RowMap
{
    /// <summary>y = f(x), row by row.</summary>
    /// <param name="op">The op's name, for messages and profiles.</param>
    /// <param name="tape">The tape.</param>
    /// <param name="x">[..., C].</param>
    /// <param name="function">The function.</param>
    /// <returns>y, in the shape of <paramref name="x"/>.</returns>
    /// <exception cref="ArgumentException">The operand is on another device.</exception>
    public static Tensor Apply<TFunction>(string op, Tape tape, Tensor x, TFunction function)
        where TFunction : unmanaged, IRowFunction
    {
        Check.Device(op, tape, x);
        Tensor y = tape.Rent(x.Shape, op);
        Tensor statistics = tape.Rent(new Shape(x.Rows), op);
        tape.Device.Run(new Forward<TFunction>(function, x, y, statistics));
        if (tape.Records(x))
        {
            tape.Record(new Node<TFunction>(op, function, x, y, statistics));
        }

        return y;
    }

    private sealed class Node<TFunction>(string op, TFunction function, Tensor x, Tensor y, Tensor statistics) : TapeNode
        where TFunction : unmanaged, IRowFunction
    {
        public override string Op => op;

        public override Tensor Output => y;

        public override void Backward(Tape tape, Tensor gradient) =>
            tape.Device.Run(new Backward<TFunction>(function, y, statistics, gradient, tape.TargetFor(x)));
    }

    private readonly partial struct Forward<TFunction>(TFunction function, Tensor x, Tensor y, Tensor statistics)
        : IDeviceWork where TFunction : unmanaged, IRowFunction;

    private readonly partial struct Backward<TFunction>(
        TFunction function, Tensor y, Tensor statistics, Tensor dy, GradientTarget dx)
        : IDeviceWork where TFunction : unmanaged, IRowFunction;
}
