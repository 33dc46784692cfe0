using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>A thread's part of 16 rows and 32 columns of sums of a warp, and the operations of attention on them.</summary>
internal struct TensorStrip
{
    /// <summary>Columns.</summary>
    public const int Columns = 32;

    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const int TileColumns = 8;

    /// <summary>Eight columns each.</summary>
    public TensorSums T0, T1, T2, T3;

    /// <summary>A number a row, in every column.</summary>
    [MethodImpl(Inline)]
    public TensorStrip(RowPair rows)
    {
        TensorSums tile = new() { X = rows.Upper, Y = rows.Upper, Z = rows.Lower, W = rows.Lower };
        (T0, T1, T2, T3) = (tile, tile, tile, tile);
    }

    /// <summary>The first sixteen columns, rounded, as the left operand of a product over them.</summary>
    /// <remarks>Two tiles of sums lie in the threads as one tile of operands does.</remarks>
    public readonly TensorWords First
    {
        [MethodImpl(Inline)]
        get => Pack(T0, T1);
    }

    /// <summary>The other sixteen.</summary>
    public readonly TensorWords Second
    {
        [MethodImpl(Inline)]
        get => Pack(T2, T3);
    }

    /// <summary>The sum of this thread's elements of each row.</summary>
    public readonly RowPair Sum
    {
        [MethodImpl(Inline)]
        get => RowPair.Of(
            T0.X + T0.Y + (T1.X + T1.Y) + (T2.X + T2.Y + (T3.X + T3.Y)),
            T0.Z + T0.W + (T1.Z + T1.W) + (T2.Z + T2.W + (T3.Z + T3.W)));
    }

    /// <summary>Adds sixteen steps of a product.</summary>
    /// <param name="a">Sixteen rows.</param>
    /// <param name="first">Sixteen columns.</param>
    /// <param name="second">The other sixteen.</param>
    [MethodImpl(Inline)]
    public void AddProducts(TensorWords a, TensorWords first, TensorWords second)
    {
        T0 = TensorCore.MultiplyAdd(a, first.A, first.B, T0);
        T1 = TensorCore.MultiplyAdd(a, first.C, first.D, T1);
        T2 = TensorCore.MultiplyAdd(a, second.A, second.B, T2);
        T3 = TensorCore.MultiplyAdd(a, second.C, second.D, T3);
    }

    /// <summary>Applies the causal mask: minus infinity where a key is behind the query's position.</summary>
    /// <param name="distance">The query's position less the key's, for this thread's first element.</param>
    /// <param name="step">Added by each column, subtracted by each row: -1 if columns are keys, 1 if they are queries.</param>
    [MethodImpl(Inline)]
    public void CausalMask(int distance, int step)
    {
        T0 = CausalMask(T0, distance, step);
        T1 = CausalMask(T1, distance + TileColumns * step, step);
        T2 = CausalMask(T2, distance + 2 * TileColumns * step, step);
        T3 = CausalMask(T3, distance + 3 * TileColumns * step, step);
    }

    /// <summary>The maximum of this thread's elements of each row, and of another; a NaN is passed over.</summary>
    [MethodImpl(Inline)]
    public readonly RowPair Max(RowPair other) => Max(T0, Max(T1, Max(T2, Max(T3, other))));

    /// <summary>this *= factors.</summary>
    [MethodImpl(Inline)]
    public void Multiply(in TensorStrip factors)
    {
        T0 = Multiply(T0, factors.T0);
        T1 = Multiply(T1, factors.T1);
        T2 = Multiply(T2, factors.T2);
        T3 = Multiply(T3, factors.T3);
    }

    /// <summary>From scores to weights: 2^(factor * this - shifts).</summary>
    [MethodImpl(Inline)]
    public void Exp2(float factor, in TensorStrip shifts)
    {
        T0 = Exp2(T0, factor, shifts.T0);
        T1 = Exp2(T1, factor, shifts.T1);
        T2 = Exp2(T2, factor, shifts.T2);
        T3 = Exp2(T3, factor, shifts.T3);
    }

    /// <summary>From gradients of weights to those of scores, but for their scale: weights * (this - dots).</summary>
    [MethodImpl(Inline)]
    public void Differentiate(in TensorStrip weights, in TensorStrip dots)
    {
        T0 = Multiply(weights.T0, Subtract(T0, dots.T0));
        T1 = Multiply(weights.T1, Subtract(T1, dots.T1));
        T2 = Multiply(weights.T2, Subtract(T2, dots.T2));
        T3 = Multiply(weights.T3, Subtract(T3, dots.T3));
    }

    [MethodImpl(Inline)]
    private static TensorWords Pack(TensorSums left, TensorSums right) => new()
    {
        A = TensorCore.Pack(left.X, left.Y),
        B = TensorCore.Pack(left.Z, left.W),
        C = TensorCore.Pack(right.X, right.Y),
        D = TensorCore.Pack(right.Z, right.W),
    };

    [MethodImpl(Inline)]
    private static TensorSums CausalMask(TensorSums sums, int distance, int step) => new()
    {
        X = HideIf(distance < 0, sums.X),
        Y = HideIf(distance + step < 0, sums.Y),
        Z = HideIf(distance - 8 * step < 0, sums.Z),
        W = HideIf(distance - 7 * step < 0, sums.W),
    };

    [MethodImpl(Inline)]
    private static float HideIf(bool isHidden, float score) => isHidden ? float.NegativeInfinity : score;

    [MethodImpl(Inline)]
    private static RowPair Max(TensorSums sums, RowPair other) =>
        RowPair.Of(
            TensorCore.Max(TensorCore.Max(sums.X, sums.Y), other.Upper),
            TensorCore.Max(TensorCore.Max(sums.Z, sums.W), other.Lower));

    [MethodImpl(Inline)]
    private static TensorSums Multiply(TensorSums left, TensorSums right) =>
        new() { X = left.X * right.X, Y = left.Y * right.Y, Z = left.Z * right.Z, W = left.W * right.W };

    [MethodImpl(Inline)]
    private static TensorSums Subtract(TensorSums left, TensorSums right) =>
        new() { X = left.X - right.X, Y = left.Y - right.Y, Z = left.Z - right.Z, W = left.W - right.W };

    [MethodImpl(Inline)]
    private static TensorSums Exp2(TensorSums scores, float factor, TensorSums shifts) => new()
    {
        X = TensorCore.Exp2(KernelMath.FusedMultiplyAdd(scores.X, factor, -shifts.X)),
        Y = TensorCore.Exp2(KernelMath.FusedMultiplyAdd(scores.Y, factor, -shifts.Y)),
        Z = TensorCore.Exp2(KernelMath.FusedMultiplyAdd(scores.Z, factor, -shifts.Z)),
        W = TensorCore.Exp2(KernelMath.FusedMultiplyAdd(scores.W, factor, -shifts.W)),
    };
}
