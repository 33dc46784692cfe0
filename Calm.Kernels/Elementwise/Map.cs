using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// The driver of element-wise ops: from a function and its derivatives it makes the host's loops, the device's kernels and the
/// backward pass.
/// </summary>
/// <remarks>
/// The result has the shape of the first operand. Each other one has this shape or is broadcast to it: a row [C], a column
/// [R, 1] or a single element. Gradients of those are sums over what was broadcast, in a fixed order.
/// </remarks>
public static partial class Map
{
    /// <summary>y = f(x).</summary>
    /// <param name="op">The op's name, for messages and profiles.</param>
    /// <param name="tape">The tape.</param>
    /// <param name="x">Any shape.</param>
    /// <param name="function">The function.</param>
    /// <returns>y, in the shape of <paramref name="x"/>.</returns>
    /// <exception cref="ArgumentException">An operand is on another device.</exception>
    public static Tensor Apply<TFunction>(string op, Tape tape, Tensor x, TFunction function)
        where TFunction : unmanaged, IUnaryFunction => Run(op, tape, new Unary<TFunction>(function), x);

    /// <summary>y = f(a, b).</summary>
    /// <param name="op">The op's name, for messages and profiles.</param>
    /// <param name="tape">The tape.</param>
    /// <param name="a">Any shape.</param>
    /// <param name="b">In the shape of <paramref name="a"/>, or broadcast to it.</param>
    /// <param name="function">The function.</param>
    /// <returns>y, in the shape of <paramref name="a"/>.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit; the message names the operand.</exception>
    public static Tensor Apply<TFunction>(string op, Tape tape, Tensor a, Tensor b, TFunction function)
        where TFunction : unmanaged, IBinaryFunction
    {
        ArgumentNullException.ThrowIfNull(b);
        return Run(op, tape, new Binary<TFunction>(function), a, b);
    }

    /// <summary>y = f(a, b, c).</summary>
    /// <param name="op">The op's name, for messages and profiles.</param>
    /// <param name="tape">The tape.</param>
    /// <param name="a">Any shape.</param>
    /// <param name="b">In the shape of <paramref name="a"/>, or broadcast to it.</param>
    /// <param name="c">In the shape of <paramref name="a"/>, or broadcast to it.</param>
    /// <param name="function">The function.</param>
    /// <returns>y, in the shape of <paramref name="a"/>.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit; the message names the operand.</exception>
    public static Tensor Apply<TFunction>(string op, Tape tape, Tensor a, Tensor b, Tensor c, TFunction function)
        where TFunction : unmanaged, ITernaryFunction
    {
        ArgumentNullException.ThrowIfNull(b);
        ArgumentNullException.ThrowIfNull(c);
        return Run(op, tape, new Ternary<TFunction>(function), a, b, c);
    }

    /// <summary>y = f(a, b, c, d).</summary>
    /// <param name="op">The op's name, for messages and profiles.</param>
    /// <param name="tape">The tape.</param>
    /// <param name="a">Any shape.</param>
    /// <param name="b">In the shape of <paramref name="a"/>, or broadcast to it.</param>
    /// <param name="c">In the shape of <paramref name="a"/>, or broadcast to it.</param>
    /// <param name="d">In the shape of <paramref name="a"/>, or broadcast to it.</param>
    /// <param name="function">The function.</param>
    /// <returns>y, in the shape of <paramref name="a"/>.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit; the message names the operand.</exception>
    public static Tensor Apply<TFunction>(
        string op, Tape tape, Tensor a, Tensor b, Tensor c, Tensor d, TFunction function)
        where TFunction : unmanaged, IQuaternaryFunction
    {
        ArgumentNullException.ThrowIfNull(b);
        ArgumentNullException.ThrowIfNull(c);
        ArgumentNullException.ThrowIfNull(d);
        return Run(op, tape, new Quaternary<TFunction>(function), a, b, c, d);
    }

    private static Tensor Run<TFormula>(
        string op, Tape tape, TFormula formula, Tensor a, Tensor? b = null, Tensor? c = null, Tensor? d = null)
        where TFormula : unmanaged, IFormula
    {
        MapOperands x = MapOperands.Of(op, tape, a, b, c, d);
        Tensor y = tape.Rent(a.Shape, op, a.ElementType);
        Into(tape, formula, x, new GradientTarget(y, Accumulate: false));
        if (tape.Records(a, b, c, d))
        {
            tape.Record(new Node<TFormula>(op, formula, x, y));
        }

        return y;
    }

    /// <summary>y (+)= the formula's value.</summary>
    internal static void Into<TFormula>(Tape tape, TFormula formula, MapOperands x, GradientTarget y)
        where TFormula : unmanaged, IFormula =>
        tape.Device.Run(new MapWork<TFormula, ForwardPass>(formula, x, x.A, x.A, y));

    private sealed class Node<TFormula>(string op, TFormula formula, MapOperands x, Tensor y) : TapeNode
        where TFormula : unmanaged, IFormula
    {
        public override string Op => op;

        public override Tensor Output => y;

        public override void Backward(Tape tape, Tensor gradient) =>
            new MapGradient<TFormula>(tape, op, formula, x, y, MapOperand.Full(gradient)).AddToOperands();
    }
}
