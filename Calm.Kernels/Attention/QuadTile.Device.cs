using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>Four rows by four columns of one thread, in registers; a column is four lanes.</summary>
internal struct QuadTile
{
    /// <summary>Number of rows, and of columns.</summary>
    public const int Side = 4;

    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>The columns.</summary>
    public Lanes4 C0, C1, C2, C3;

    /// <summary>The maximum of each row.</summary>
    public readonly Lanes4 Max
    {
        [MethodImpl(Inline)]
        get => Lanes4.Max(Lanes4.Max(C0, C1), Lanes4.Max(C2, C3));
    }

    /// <summary>The sum of each row.</summary>
    public readonly Lanes4 Sum
    {
        [MethodImpl(Inline)]
        get => C0 + C1 + (C2 + C3);
    }

    /// <summary>this[r, c] += rows[r] * columns[c].</summary>
    [MethodImpl(Inline)]
    public void AddProduct(Lanes4 rows, Lanes4 columns)
    {
        C0 = Lanes4.FusedMultiplyAdd(rows, Lanes4.Broadcast(columns.X), C0);
        C1 = Lanes4.FusedMultiplyAdd(rows, Lanes4.Broadcast(columns.Y), C1);
        C2 = Lanes4.FusedMultiplyAdd(rows, Lanes4.Broadcast(columns.Z), C2);
        C3 = Lanes4.FusedMultiplyAdd(rows, Lanes4.Broadcast(columns.W), C3);
    }

    /// <summary>Multiplies each row by a number.</summary>
    [MethodImpl(Inline)]
    public void Multiply(Lanes4 rows) => (C0, C1, C2, C3) = (C0 * rows, C1 * rows, C2 * rows, C3 * rows);

    /// <summary>exp(scale * this - shift) with a shift a row.</summary>
    [MethodImpl(Inline)]
    public readonly QuadTile ExpByRow(float scale, Lanes4 shift) => new()
    {
        C0 = Exp(C0 * Lanes4.Broadcast(scale) - shift),
        C1 = Exp(C1 * Lanes4.Broadcast(scale) - shift),
        C2 = Exp(C2 * Lanes4.Broadcast(scale) - shift),
        C3 = Exp(C3 * Lanes4.Broadcast(scale) - shift),
    };

    /// <summary>exp(scale * this - shift) with a shift a column.</summary>
    [MethodImpl(Inline)]
    public readonly QuadTile ExpByColumn(float scale, Lanes4 shift) => new()
    {
        C0 = Exp(C0 * Lanes4.Broadcast(scale) - Lanes4.Broadcast(shift.X)),
        C1 = Exp(C1 * Lanes4.Broadcast(scale) - Lanes4.Broadcast(shift.Y)),
        C2 = Exp(C2 * Lanes4.Broadcast(scale) - Lanes4.Broadcast(shift.Z)),
        C3 = Exp(C3 * Lanes4.Broadcast(scale) - Lanes4.Broadcast(shift.W)),
    };

    /// <summary>From weights to gradients of scores, with a shift a row: scale * this * (gradients - shift).</summary>
    [MethodImpl(Inline)]
    public readonly QuadTile DifferentiateByRow(in QuadTile gradients, float scale, Lanes4 shift) => new()
    {
        C0 = C0 * Lanes4.Broadcast(scale) * (gradients.C0 - shift),
        C1 = C1 * Lanes4.Broadcast(scale) * (gradients.C1 - shift),
        C2 = C2 * Lanes4.Broadcast(scale) * (gradients.C2 - shift),
        C3 = C3 * Lanes4.Broadcast(scale) * (gradients.C3 - shift),
    };

    /// <summary>The same with a shift a column.</summary>
    [MethodImpl(Inline)]
    public readonly QuadTile DifferentiateByColumn(in QuadTile gradients, float scale, Lanes4 shift) => new()
    {
        C0 = C0 * Lanes4.Broadcast(scale) * (gradients.C0 - Lanes4.Broadcast(shift.X)),
        C1 = C1 * Lanes4.Broadcast(scale) * (gradients.C1 - Lanes4.Broadcast(shift.Y)),
        C2 = C2 * Lanes4.Broadcast(scale) * (gradients.C2 - Lanes4.Broadcast(shift.Z)),
        C3 = C3 * Lanes4.Broadcast(scale) * (gradients.C3 - Lanes4.Broadcast(shift.W)),
    };

    /// <summary>Applies the causal mask, minus infinity, where rows are queries and columns are keys.</summary>
    /// <param name="key">Of column 0.</param>
    /// <param name="position">Of row 0.</param>
    [MethodImpl(Inline)]
    public void CausalMask(int key, int position)
    {
        C0 = HideBefore(C0, position, key);
        C1 = HideBefore(C1, position, key + 1);
        C2 = HideBefore(C2, position, key + 2);
        C3 = HideBefore(C3, position, key + 3);
    }

    /// <summary>Applies the causal mask where rows are keys and columns queries; also masks columns behind the last.</summary>
    /// <param name="key">Of row 0.</param>
    /// <param name="position">Of column 0.</param>
    /// <param name="columns">Number of columns that are queries.</param>
    [MethodImpl(Inline)]
    public void CausalMaskTransposed(int key, int position, int columns)
    {
        C0 = HideBehind(C0, key, columns > 0 ? position : -1);
        C1 = HideBehind(C1, key, columns > 1 ? position + 1 : -1);
        C2 = HideBehind(C2, key, columns > 2 ? position + 2 : -1);
        C3 = HideBehind(C3, key, columns > 3 ? position + 3 : -1);
    }

    /// <summary>Four elements of which the last valid one stands for those behind it.</summary>
    [MethodImpl(Inline)]
    public static Lanes4 Gather(ArrayView<float> source, long start, int first, int last) => Lanes4.Of(
        source[start + IntrinsicMath.Min(first, last)], source[start + IntrinsicMath.Min(first + 1, last)],
        source[start + IntrinsicMath.Min(first + 2, last)], source[start + IntrinsicMath.Min(first + 3, last)]);

    /// <summary>Exponentials.</summary>
    [MethodImpl(Inline)]
    public static Lanes4 Exp(Lanes4 x) =>
        Lanes4.Of(KernelMath.Exp(x.X), KernelMath.Exp(x.Y), KernelMath.Exp(x.Z), KernelMath.Exp(x.W));

    /// <summary>Minus infinity in place of element i if first + i is greater than the last.</summary>
    [MethodImpl(Inline)]
    private static Lanes4 HideBehind(Lanes4 x, int first, int last) => Lanes4.Of(
        first > last ? float.NegativeInfinity : x.X, first + 1 > last ? float.NegativeInfinity : x.Y,
        first + 2 > last ? float.NegativeInfinity : x.Z, first + 3 > last ? float.NegativeInfinity : x.W);

    /// <summary>Minus infinity in place of element i if first + i is less than <paramref name="least"/>.</summary>
    [MethodImpl(Inline)]
    private static Lanes4 HideBefore(Lanes4 x, int first, int least) => Lanes4.Of(
        first < least ? float.NegativeInfinity : x.X, first + 1 < least ? float.NegativeInfinity : x.Y,
        first + 2 < least ? float.NegativeInfinity : x.Z, first + 3 < least ? float.NegativeInfinity : x.W);
}
