using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// A tensor as an operand of a map: element (r, c) is number r * RowStep + c * ColumnStep of it. A step of 0 repeats what is
/// there.
/// </summary>
/// <param name="Tensor">The tensor.</param>
/// <param name="RowStep">Distance between rows.</param>
/// <param name="ColumnStep">Distance between columns, 0 or 1.</param>
internal readonly record struct MapOperand(Tensor Tensor, int RowStep, int ColumnStep)
{
    /// <summary>Whether it has all elements.</summary>
    public bool IsFull => RowStep != 0 && ColumnStep != 0;

    /// <summary>Whether it stays the same operand however the elements are cut into rows.</summary>
    public bool IsFlat => (RowStep != 0) == (ColumnStep != 0);

    /// <summary>A tensor that has all elements.</summary>
    public static MapOperand Full(Tensor tensor) => new(tensor, Math.Max(1, tensor.Columns), 1);

    /// <summary>A tensor with one element.</summary>
    public static MapOperand Scalar(Tensor tensor) => new(tensor, 0, 0);

    /// <summary>A tensor with one element a row.</summary>
    public static MapOperand Column(Tensor tensor) => new(tensor, 1, 0);

    /// <summary>An operand of the shape of the first, or that is broadcast to it.</summary>
    /// <exception cref="ArgumentException">It cannot be.</exception>
    public static MapOperand Of(string op, string name, Tensor tensor, Tensor first)
    {
        if (tensor.Shape == first.Shape)
        {
            return Full(tensor);
        }

        if (tensor.Count == 1)
        {
            return Scalar(tensor);
        }

        if (tensor.Rows == 1 && tensor.Columns == first.Columns)
        {
            return new MapOperand(tensor, 0, 1);
        }

        if (tensor.Columns == 1 && tensor.Rows == first.Rows)
        {
            return Column(tensor);
        }

        string[] fitting = [$"{first.Shape}", $"[{first.Columns}]", $"[{first.Rows}, 1]", "[1]"];
        throw new ArgumentException(
            $"{op}: {name} has shape {tensor.Shape}, expected one of {string.Join(", ", fitting.Distinct())}.");
    }

    /// <summary>The same with rows of another length.</summary>
    public MapOperand WithColumns(int columns) => IsFull ? this with { RowStep = columns } : this;
}

/// <summary>The operands of a formula, seen as rows. Those that it does not have are the first once more.</summary>
/// <param name="A">The first, which has all elements.</param>
/// <param name="B">The second.</param>
/// <param name="C">The third.</param>
/// <param name="D">The fourth.</param>
internal readonly record struct MapOperands(MapOperand A, MapOperand B, MapOperand C, MapOperand D)
{
    /// <summary>Checks and tells the profile what an op is about to read.</summary>
    /// <exception cref="ArgumentException">An operand is elsewhere or has another shape; the message names it.</exception>
    public static MapOperands Of(string op, Tape tape, Tensor a, Tensor? b = null, Tensor? c = null, Tensor? d = null)
    {
        Check.Device(op, tape, a, b, c, d);
        CheckType(op, nameof(b), b, a);
        CheckType(op, nameof(c), c, a);
        CheckType(op, nameof(d), d, a);
        MapOperand first = MapOperand.Full(a);
        return new MapOperands(
            first,
            b is null ? first : MapOperand.Of(op, nameof(b), b, a),
            c is null ? first : MapOperand.Of(op, nameof(c), c, a),
            d is null ? first : MapOperand.Of(op, nameof(d), d, a));
    }

    private static void CheckType(string op, string name, Tensor? operand, Tensor first)
    {
        if (operand is not null && operand.ElementType != first.ElementType)
        {
            throw new ArgumentException(
                $"{op}: {name} holds {operand.ElementType}, expected {first.ElementType}, as the first operand does.");
        }
    }

    /// <summary>The operand of a formula that has one.</summary>
    public static MapOperands OfAll(Tensor a)
    {
        MapOperand first = MapOperand.Full(a);
        return new MapOperands(first, first, first, first);
    }

    /// <summary>Whether the elements may be cut into rows in any way.</summary>
    public bool IsFlat => B.IsFlat && C.IsFlat && D.IsFlat;

    /// <summary>The same with rows of another length.</summary>
    public MapOperands WithColumns(int columns) =>
        new(A.WithColumns(columns), B.WithColumns(columns), C.WithColumns(columns), D.WithColumns(columns));
}
