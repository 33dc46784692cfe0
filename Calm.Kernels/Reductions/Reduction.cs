using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// The driver of sums: from a function and its derivatives it makes the sum of f over the elements of each row, or over all
/// elements, and the backward pass.
/// </summary>
/// <remarks>Sums are taken in float, in an order that depends on the shape alone.</remarks>
public static partial class Reduction
{
    // Elements of a row of all elements: its sum is one team's work.
    private const int Block = 4096;

    /// <summary>y = sum over all elements of f(x).</summary>
    /// <param name="op">The op's name, for messages and profiles.</param>
    /// <param name="tape">The tape.</param>
    /// <param name="x">Any shape.</param>
    /// <param name="function">The function.</param>
    /// <returns>y, a scalar.</returns>
    /// <exception cref="ArgumentException">An operand is on another device.</exception>
    public static Tensor Sum<TFunction>(string op, Tape tape, Tensor x, TFunction function)
        where TFunction : unmanaged, IUnaryFunction =>
        Run(op, tape, new Unary<TFunction>(function), MapOperands.Of(op, tape, x), default, isTotal: true);

    /// <summary>y = sum over all elements of f(a, b).</summary>
    /// <param name="op">The op's name, for messages and profiles.</param>
    /// <param name="tape">The tape.</param>
    /// <param name="a">Any shape.</param>
    /// <param name="b">In the shape of <paramref name="a"/>, or broadcast to it as <see cref="Map"/> does.</param>
    /// <param name="function">The function.</param>
    /// <returns>y, a scalar.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit; the message names the operand.</exception>
    public static Tensor Sum<TFunction>(string op, Tape tape, Tensor a, Tensor b, TFunction function)
        where TFunction : unmanaged, IBinaryFunction =>
        Run(op, tape, new Binary<TFunction>(function), MapOperands.Of(op, tape, a, b), default, isTotal: true);

    /// <summary>y[r, 0] = sum over c of f(x[r, c]).</summary>
    /// <inheritdoc cref="Sum{TFunction}(string, Tape, Tensor, TFunction)"/>
    /// <returns>y, [..., 1].</returns>
    public static Tensor SumRows<TFunction>(string op, Tape tape, Tensor x, TFunction function)
        where TFunction : unmanaged, IUnaryFunction => Run(
            op, tape, new Unary<TFunction>(function), MapOperands.Of(op, tape, x), x.Shape.WithColumns(1), isTotal: false);

    /// <summary>y[r, 0] = sum over c of f(a[r, c], b[r, c]).</summary>
    /// <inheritdoc cref="Sum{TFunction}(string, Tape, Tensor, Tensor, TFunction)"/>
    /// <returns>y, [..., 1].</returns>
    public static Tensor SumRows<TFunction>(string op, Tape tape, Tensor a, Tensor b, TFunction function)
        where TFunction : unmanaged, IBinaryFunction => Run(
            op, tape, new Binary<TFunction>(function), MapOperands.Of(op, tape, a, b), a.Shape.WithColumns(1), isTotal: false);

    private static Tensor Run<TFormula>(string op, Tape tape, TFormula formula, MapOperands x, Shape shape, bool isTotal)
        where TFormula : unmanaged, IFormula
    {
        Tensor y = tape.Rent(shape, op);
        GradientTarget target = new(y, Accumulate: false);
        if (isTotal)
        {
            Total(tape, op, formula, x, target);
        }
        else
        {
            Rows(tape, formula, x, target);
        }

        if (tape.Records(x.A.Tensor, x.B.Tensor))
        {
            tape.Record(new Node<TFormula>(op, new(formula), x, y, isTotal));
        }

        return y;
    }

    /// <summary>y[r] (+)= sum over c of the formula's value.</summary>
    internal static void Rows<TFormula>(Tape tape, TFormula formula, MapOperands x, GradientTarget y)
        where TFormula : unmanaged, IFormula
    {
        Tensor a = x.A.Tensor;
        tape.Device.Run(new RowSum<TFormula>(formula, x, a.Rows, a.Columns, a.Count, y));
    }

    /// <summary>y (+)= sum of the formula's value over all elements: rows first, then their sums.</summary>
    internal static void Total<TFormula>(Tape tape, string op, TFormula formula, MapOperands x, GradientTarget y)
        where TFormula : unmanaged, IFormula
    {
        Tensor a = x.A.Tensor;
        int columns = x.IsFlat ? Block : a.Columns;
        int rows = x.IsFlat ? checked((int)((a.Count + Block - 1) / Block)) : a.Rows;
        if (rows <= 1)
        {
            tape.Device.Run(new RowSum<TFormula>(formula, x, 1, columns, a.Count, y));
            return;
        }

        Tensor sums = tape.Rent(new Shape(rows), op);
        tape.Device.Run(new RowSum<TFormula>(
            formula, x.WithColumns(columns), rows, columns, a.Count, new GradientTarget(sums, Accumulate: false)));
        Total(tape, op, new Unary<Identity>(), MapOperands.OfAll(sums), y);
    }

    private sealed class Node<TFormula>(string op, Recomputed<TFormula> formula, MapOperands x, Tensor y, bool isTotal)
        : TapeNode where TFormula : unmanaged, IFormula
    {
        public override string Op => op;

        public override Tensor Output => y;

        public override void Backward(Tape tape, Tensor gradient) =>
            new MapGradient<Recomputed<TFormula>>(
                tape, op, formula, x, y, isTotal ? MapOperand.Scalar(gradient) : MapOperand.Column(gradient)).AddToOperands();
    }
}

/// <summary>f(x) = x.</summary>
internal readonly struct Identity : IUnaryFunction
{
    public static DerivativeReads DerivativeReads => DerivativeReads.None;

    public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, IArithmetic<TLanes> => x;

    public TLanes Derivative<TLanes>(TLanes x, TLanes y) where TLanes : unmanaged, IArithmetic<TLanes> => TLanes.Broadcast(1);
}

/// <summary>y[r] (+)= sum of the formula's value over the elements from r * columns on.</summary>
/// <param name="formula">The formula.</param>
/// <param name="x">Its operands.</param>
/// <param name="rows">Number of sums.</param>
/// <param name="columns">Elements of a sum, but for the last.</param>
/// <param name="count">Elements of all of them.</param>
/// <param name="y">Receives the sums.</param>
internal readonly partial struct RowSum<TFormula>(
    TFormula formula, MapOperands x, int rows, int columns, long count, GradientTarget y) : IDeviceWork
    where TFormula : unmanaged, IFormula;
