using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>
/// Sixteen floats of one work item, which the compiler of a CPU keeps in one register. Unrolled by hand: neither ILGPU
/// nor OpenCL on a CPU makes a register of a loop.
/// </summary>
internal struct HeadLanes
{
    /// <summary>How many.</summary>
    public const int Count = 16;

    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private float _0, _1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, _13, _14, _15;

    /// <summary>Sixteen consecutive floats.</summary>
    [MethodImpl(Inline)]
    public static HeadLanes Load(ArrayView<float> source, long at) => new()
    {
        _0 = source[at],
        _1 = source[at + 1],
        _2 = source[at + 2],
        _3 = source[at + 3],
        _4 = source[at + 4],
        _5 = source[at + 5],
        _6 = source[at + 6],
        _7 = source[at + 7],
        _8 = source[at + 8],
        _9 = source[at + 9],
        _10 = source[at + 10],
        _11 = source[at + 11],
        _12 = source[at + 12],
        _13 = source[at + 13],
        _14 = source[at + 14],
        _15 = source[at + 15],
    };

    /// <summary>Writes them.</summary>
    [MethodImpl(Inline)]
    public readonly void Store(ArrayView<float> target, long at)
    {
        target[at] = _0;
        target[at + 1] = _1;
        target[at + 2] = _2;
        target[at + 3] = _3;
        target[at + 4] = _4;
        target[at + 5] = _5;
        target[at + 6] = _6;
        target[at + 7] = _7;
        target[at + 8] = _8;
        target[at + 9] = _9;
        target[at + 10] = _10;
        target[at + 11] = _11;
        target[at + 12] = _12;
        target[at + 13] = _13;
        target[at + 14] = _14;
        target[at + 15] = _15;
    }

    /// <summary>One element of each of sixteen rows, times a factor.</summary>
    /// <remarks>
    /// Sixteen rows in one loop over elements: of a loop over one row PoCL's compiler makes scattered stores, and those took
    /// more than half of the backward kernels' time.
    /// </remarks>
    [MethodImpl(Inline)]
    public static HeadLanes Gather(ArrayView<float> source, in TileRows low, in TileRows high, int element, float factor) => new()
    {
        _0 = source[low.R0 + element] * factor,
        _1 = source[low.R1 + element] * factor,
        _2 = source[low.R2 + element] * factor,
        _3 = source[low.R3 + element] * factor,
        _4 = source[low.R4 + element] * factor,
        _5 = source[low.R5 + element] * factor,
        _6 = source[low.R6 + element] * factor,
        _7 = source[low.R7 + element] * factor,
        _8 = source[high.R0 + element] * factor,
        _9 = source[high.R1 + element] * factor,
        _10 = source[high.R2 + element] * factor,
        _11 = source[high.R3 + element] * factor,
        _12 = source[high.R4 + element] * factor,
        _13 = source[high.R5 + element] * factor,
        _14 = source[high.R6 + element] * factor,
        _15 = source[high.R7 + element] * factor,
    };

    /// <summary>Writes one element of each of sixteen rows, or adds to it.</summary>
    [MethodImpl(Inline)]
    public readonly void Scatter(
        ArrayView<float> target, in TileRows low, in TileRows high, int element, int accumulate)
    {
        Write(target, low.R0 + element, _0, accumulate);
        Write(target, low.R1 + element, _1, accumulate);
        Write(target, low.R2 + element, _2, accumulate);
        Write(target, low.R3 + element, _3, accumulate);
        Write(target, low.R4 + element, _4, accumulate);
        Write(target, low.R5 + element, _5, accumulate);
        Write(target, low.R6 + element, _6, accumulate);
        Write(target, low.R7 + element, _7, accumulate);
        Write(target, high.R0 + element, _8, accumulate);
        Write(target, high.R1 + element, _9, accumulate);
        Write(target, high.R2 + element, _10, accumulate);
        Write(target, high.R3 + element, _11, accumulate);
        Write(target, high.R4 + element, _12, accumulate);
        Write(target, high.R5 + element, _13, accumulate);
        Write(target, high.R6 + element, _14, accumulate);
        Write(target, high.R7 + element, _15, accumulate);
    }

    /// <summary>this += x * y, rounded once.</summary>
    [MethodImpl(Inline)]
    public void AddProduct(float x, in HeadLanes y)
    {
        _0 = KernelMath.FusedMultiplyAdd(x, y._0, _0);
        _1 = KernelMath.FusedMultiplyAdd(x, y._1, _1);
        _2 = KernelMath.FusedMultiplyAdd(x, y._2, _2);
        _3 = KernelMath.FusedMultiplyAdd(x, y._3, _3);
        _4 = KernelMath.FusedMultiplyAdd(x, y._4, _4);
        _5 = KernelMath.FusedMultiplyAdd(x, y._5, _5);
        _6 = KernelMath.FusedMultiplyAdd(x, y._6, _6);
        _7 = KernelMath.FusedMultiplyAdd(x, y._7, _7);
        _8 = KernelMath.FusedMultiplyAdd(x, y._8, _8);
        _9 = KernelMath.FusedMultiplyAdd(x, y._9, _9);
        _10 = KernelMath.FusedMultiplyAdd(x, y._10, _10);
        _11 = KernelMath.FusedMultiplyAdd(x, y._11, _11);
        _12 = KernelMath.FusedMultiplyAdd(x, y._12, _12);
        _13 = KernelMath.FusedMultiplyAdd(x, y._13, _13);
        _14 = KernelMath.FusedMultiplyAdd(x, y._14, _14);
        _15 = KernelMath.FusedMultiplyAdd(x, y._15, _15);
    }

    [MethodImpl(Inline)]
    private static void Write(ArrayView<float> target, long at, float value, int accumulate) =>
        target[at] = accumulate != 0 ? target[at] + value : value;
}

/// <summary>
/// Eight rows by sixteen lanes of a product, in registers: C[r, lane] = sum over t of A[r, t] B[t, lane]. All of
/// attention on a CPU is made of it.
/// </summary>
internal struct LaneTile
{
    /// <summary>How many rows.</summary>
    public const int Rows = 8;

    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private HeadLanes _row0, _row1, _row2, _row3, _row4, _row5, _row6, _row7;

    /// <summary>Rows of lanes, one behind the other.</summary>
    [MethodImpl(Inline)]
    public static LaneTile Load(ArrayView<float> source, long at) => new()
    {
        _row0 = HeadLanes.Load(source, at),
        _row1 = HeadLanes.Load(source, at + HeadLanes.Count),
        _row2 = HeadLanes.Load(source, at + 2 * HeadLanes.Count),
        _row3 = HeadLanes.Load(source, at + 3 * HeadLanes.Count),
        _row4 = HeadLanes.Load(source, at + 4 * HeadLanes.Count),
        _row5 = HeadLanes.Load(source, at + 5 * HeadLanes.Count),
        _row6 = HeadLanes.Load(source, at + 6 * HeadLanes.Count),
        _row7 = HeadLanes.Load(source, at + 7 * HeadLanes.Count),
    };

    /// <summary>Writes them likewise.</summary>
    [MethodImpl(Inline)]
    public readonly void Store(ArrayView<float> target, long at)
    {
        _row0.Store(target, at);
        _row1.Store(target, at + HeadLanes.Count);
        _row2.Store(target, at + 2 * HeadLanes.Count);
        _row3.Store(target, at + 3 * HeadLanes.Count);
        _row4.Store(target, at + 4 * HeadLanes.Count);
        _row5.Store(target, at + 5 * HeadLanes.Count);
        _row6.Store(target, at + 6 * HeadLanes.Count);
        _row7.Store(target, at + 7 * HeadLanes.Count);
    }

    /// <summary>this += A B.</summary>
    /// <param name="a">Where A is.</param>
    /// <param name="rows">Element (r, 0) of A for each row r.</param>
    /// <param name="step">Distance from (r, t) to (r, t + 1) in A.</param>
    /// <param name="b">Where B is.</param>
    /// <param name="at">Element (0, 0) of B, whose rows are one behind the other.</param>
    /// <param name="depth">How many t.</param>
    [MethodImpl(Inline)]
    public void AddProduct(ArrayView<float> a, in TileRows rows, int step, ArrayView<float> b, long at, int depth)
    {
        long offset = 0;
        for (int t = 0; t < depth; t++)
        {
            HeadLanes lanes = HeadLanes.Load(b, at);
            _row0.AddProduct(a[rows.R0 + offset], lanes);
            _row1.AddProduct(a[rows.R1 + offset], lanes);
            _row2.AddProduct(a[rows.R2 + offset], lanes);
            _row3.AddProduct(a[rows.R3 + offset], lanes);
            _row4.AddProduct(a[rows.R4 + offset], lanes);
            _row5.AddProduct(a[rows.R5 + offset], lanes);
            _row6.AddProduct(a[rows.R6 + offset], lanes);
            _row7.AddProduct(a[rows.R7 + offset], lanes);
            at += HeadLanes.Count;
            offset += step;
        }
    }
}

/// <summary>Where the eight rows of a tile begin; those behind the last repeat it.</summary>
internal readonly struct TileRows
{
    /// <summary>Rows <paramref name="first"/> and on, <paramref name="distance"/> apart, of as many as the last says.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TileRows(long start, int distance, int first, int last)
    {
        R0 = start + (long)distance * IntrinsicMath.Min(first, last);
        R1 = start + (long)distance * IntrinsicMath.Min(first + 1, last);
        R2 = start + (long)distance * IntrinsicMath.Min(first + 2, last);
        R3 = start + (long)distance * IntrinsicMath.Min(first + 3, last);
        R4 = start + (long)distance * IntrinsicMath.Min(first + 4, last);
        R5 = start + (long)distance * IntrinsicMath.Min(first + 5, last);
        R6 = start + (long)distance * IntrinsicMath.Min(first + 6, last);
        R7 = start + (long)distance * IntrinsicMath.Min(first + 7, last);
    }

    public long R0 { get; }

    public long R1 { get; }

    public long R2 { get; }

    public long R3 { get; }

    public long R4 { get; }

    public long R5 { get; }

    public long R6 { get; }

    public long R7 { get; }
}
