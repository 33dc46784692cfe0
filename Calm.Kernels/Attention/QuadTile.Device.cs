using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>Four consecutive floats, which shared memory gives in one load.</summary>
internal struct Quad
{
    /// <summary>How many.</summary>
    public const int Count = 4;

    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>The floats.</summary>
    public float X, Y, Z, W;

    [MethodImpl(Inline)]
    public Quad(float x, float y, float z, float w) => (X, Y, Z, W) = (x, y, z, w);

    [MethodImpl(Inline)]
    public Quad(float all)
        : this(all, all, all, all)
    {
    }

    [MethodImpl(Inline)]
    public static Quad operator +(Quad left, Quad right) =>
        new(left.X + right.X, left.Y + right.Y, left.Z + right.Z, left.W + right.W);

    [MethodImpl(Inline)]
    public static Quad operator -(Quad left, Quad right) =>
        new(left.X - right.X, left.Y - right.Y, left.Z - right.Z, left.W - right.W);

    [MethodImpl(Inline)]
    public static Quad operator *(Quad left, Quad right) =>
        new(left.X * right.X, left.Y * right.Y, left.Z * right.Z, left.W * right.W);

    /// <summary>a * b + c, rounded once.</summary>
    [MethodImpl(Inline)]
    public static Quad MultiplyAdd(Quad a, float b, Quad c) => new(
        KernelMath.FusedMultiplyAdd(a.X, b, c.X), KernelMath.FusedMultiplyAdd(a.Y, b, c.Y),
        KernelMath.FusedMultiplyAdd(a.Z, b, c.Z), KernelMath.FusedMultiplyAdd(a.W, b, c.W));

    [MethodImpl(Inline)]
    public static Quad Max(Quad left, Quad right) => new(
        Max(left.X, right.X), Max(left.Y, right.Y), Max(left.Z, right.Z), Max(left.W, right.W));

    [MethodImpl(Inline)]
    public static Quad Exp(Quad x) =>
        new(KernelMath.Exp(x.X), KernelMath.Exp(x.Y), KernelMath.Exp(x.Z), KernelMath.Exp(x.W));

    /// <summary>Minus infinity in place of element i where first + i is behind the last.</summary>
    [MethodImpl(Inline)]
    public static Quad HideBehind(Quad x, int first, int last) => new(
        first > last ? float.NegativeInfinity : x.X, first + 1 > last ? float.NegativeInfinity : x.Y,
        first + 2 > last ? float.NegativeInfinity : x.Z, first + 3 > last ? float.NegativeInfinity : x.W);

    /// <summary>Minus infinity in place of element i where first + i is before <paramref name="least"/>.</summary>
    [MethodImpl(Inline)]
    public static Quad HideBefore(Quad x, int first, int least) => new(
        first < least ? float.NegativeInfinity : x.X, first + 1 < least ? float.NegativeInfinity : x.Y,
        first + 2 < least ? float.NegativeInfinity : x.Z, first + 3 < least ? float.NegativeInfinity : x.W);

    /// <summary>Four elements of which the last valid one stands for those behind it.</summary>
    [MethodImpl(Inline)]
    public static Quad Gather(ArrayView<float> source, long start, int first, int last) => new(
        source[start + IntrinsicMath.Min(first, last)], source[start + IntrinsicMath.Min(first + 1, last)],
        source[start + IntrinsicMath.Min(first + 2, last)], source[start + IntrinsicMath.Min(first + 3, last)]);

    [MethodImpl(Inline)]
    private static float Max(float left, float right) => left > right ? left : right;
}

/// <summary>Four rows by four columns of one thread, in registers; a column is a quad of rows.</summary>
internal struct QuadTile
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>The columns.</summary>
    public Quad C0, C1, C2, C3;

    /// <summary>The greatest of each row.</summary>
    public readonly Quad Max
    {
        [MethodImpl(Inline)]
        get => Quad.Max(Quad.Max(C0, C1), Quad.Max(C2, C3));
    }

    /// <summary>The sum of each row.</summary>
    public readonly Quad Sum
    {
        [MethodImpl(Inline)]
        get => C0 + C1 + (C2 + C3);
    }

    /// <summary>this[r, c] += rows[r] * columns[c].</summary>
    [MethodImpl(Inline)]
    public void AddProduct(Quad rows, Quad columns)
    {
        C0 = Quad.MultiplyAdd(rows, columns.X, C0);
        C1 = Quad.MultiplyAdd(rows, columns.Y, C1);
        C2 = Quad.MultiplyAdd(rows, columns.Z, C2);
        C3 = Quad.MultiplyAdd(rows, columns.W, C3);
    }

    /// <summary>Multiplies each row by a number.</summary>
    [MethodImpl(Inline)]
    public void Multiply(Quad rows) => (C0, C1, C2, C3) = (C0 * rows, C1 * rows, C2 * rows, C3 * rows);

    /// <summary>exp(scale * this - shift) with a shift a row.</summary>
    [MethodImpl(Inline)]
    public readonly QuadTile ExpByRow(float scale, Quad shift) => new()
    {
        C0 = Quad.Exp(C0 * new Quad(scale) - shift),
        C1 = Quad.Exp(C1 * new Quad(scale) - shift),
        C2 = Quad.Exp(C2 * new Quad(scale) - shift),
        C3 = Quad.Exp(C3 * new Quad(scale) - shift),
    };

    /// <summary>exp(scale * this - shift) with a shift a column.</summary>
    [MethodImpl(Inline)]
    public readonly QuadTile ExpByColumn(float scale, Quad shift) => new()
    {
        C0 = Quad.Exp(C0 * new Quad(scale) - new Quad(shift.X)),
        C1 = Quad.Exp(C1 * new Quad(scale) - new Quad(shift.Y)),
        C2 = Quad.Exp(C2 * new Quad(scale) - new Quad(shift.Z)),
        C3 = Quad.Exp(C3 * new Quad(scale) - new Quad(shift.W)),
    };

    /// <summary>From weights to gradients of scores, with a shift a row: scale * this * (gradients - shift).</summary>
    [MethodImpl(Inline)]
    public readonly QuadTile DifferentiateByRow(in QuadTile gradients, float scale, Quad shift) => new()
    {
        C0 = C0 * new Quad(scale) * (gradients.C0 - shift),
        C1 = C1 * new Quad(scale) * (gradients.C1 - shift),
        C2 = C2 * new Quad(scale) * (gradients.C2 - shift),
        C3 = C3 * new Quad(scale) * (gradients.C3 - shift),
    };

    /// <summary>The same with a shift a column.</summary>
    [MethodImpl(Inline)]
    public readonly QuadTile DifferentiateByColumn(in QuadTile gradients, float scale, Quad shift) => new()
    {
        C0 = C0 * new Quad(scale) * (gradients.C0 - new Quad(shift.X)),
        C1 = C1 * new Quad(scale) * (gradients.C1 - new Quad(shift.Y)),
        C2 = C2 * new Quad(scale) * (gradients.C2 - new Quad(shift.Z)),
        C3 = C3 * new Quad(scale) * (gradients.C3 - new Quad(shift.W)),
    };

    /// <summary>Hides keys, the columns from <paramref name="key"/> on, behind the positions of queries, the rows.</summary>
    [MethodImpl(Inline)]
    public void HideKeys(int key, int position)
    {
        C0 = Quad.HideBefore(C0, position, key);
        C1 = Quad.HideBefore(C1, position, key + 1);
        C2 = Quad.HideBefore(C2, position, key + 2);
        C3 = Quad.HideBefore(C3, position, key + 3);
    }

    /// <summary>Hides queries, the columns, from keys, the rows, behind them, and all columns from a number on.</summary>
    /// <param name="key">Of row 0.</param>
    /// <param name="position">Of column 0.</param>
    /// <param name="columns">How many columns are queries.</param>
    [MethodImpl(Inline)]
    public void HideQueries(int key, int position, int columns)
    {
        C0 = Quad.HideBehind(C0, key, columns > 0 ? position : -1);
        C1 = Quad.HideBehind(C1, key, columns > 1 ? position + 1 : -1);
        C2 = Quad.HideBehind(C2, key, columns > 2 ? position + 2 : -1);
        C3 = Quad.HideBehind(C3, key, columns > 3 ? position + 3 : -1);
    }
}
