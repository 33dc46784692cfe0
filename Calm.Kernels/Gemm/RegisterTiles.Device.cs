using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>Sums of four rows of a tile of C, in registers of one thread.</summary>
internal struct FourRows<TRow> where TRow : unmanaged, IKernelLanes<TRow>
{
    public TRow First, Second, Third, Fourth;

    /// <summary>Adds one step of depth: a column of A times a row of B.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddProducts(Lanes4 a, TRow b)
    {
        First = TRow.FusedMultiplyAdd(TRow.Broadcast(a.X), b, First);
        Second = TRow.FusedMultiplyAdd(TRow.Broadcast(a.Y), b, Second);
        Third = TRow.FusedMultiplyAdd(TRow.Broadcast(a.Z), b, Third);
        Fourth = TRow.FusedMultiplyAdd(TRow.Broadcast(a.W), b, Fourth);
    }

    /// <summary>Writes those rows that C has: see <see cref="ProductSizes.Write"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Write(
        ProductSizes sizes, bool isFirst, bool isLast, int row, int column, ArrayView<float> c, ArrayView<float> bias,
        ArrayView<float> addend)
    {
        if (row < sizes.Rows)
        {
            sizes.Write(First, isFirst, isLast, row, column, c, bias, addend);
        }

        if (row + 1 < sizes.Rows)
        {
            sizes.Write(Second, isFirst, isLast, row + 1, column, c, bias, addend);
        }

        if (row + 2 < sizes.Rows)
        {
            sizes.Write(Third, isFirst, isLast, row + 2, column, c, bias, addend);
        }

        if (row + 3 < sizes.Rows)
        {
            sizes.Write(Fourth, isFirst, isLast, row + 3, column, c, bias, addend);
        }
    }
}

/// <summary>
/// The part of one thread of a group's tile: one or two quads of rows and columns, half a tile apart, so that neighbouring
/// threads read neighbouring words of shared memory.
/// </summary>
internal interface IThreadTile<TSelf> where TSelf : unmanaged, IThreadTile<TSelf>
{
    /// <summary>Number of quads of rows, and of columns.</summary>
    static abstract int Quads { get; }

    /// <summary>Adds one step of depth.</summary>
    /// <param name="sums">The sums so far.</param>
    /// <param name="a">Shared, in quads.</param>
    /// <param name="aAt">This thread's first quad of the step.</param>
    /// <param name="b">Shared, in quads.</param>
    /// <param name="bAt">This thread's first quad of the step.</param>
    /// <param name="half">Quads in half a step.</param>
    static abstract TSelf AddProducts(TSelf sums, ArrayView<Lanes4> a, int aAt, ArrayView<Lanes4> b, int bAt, int half);

    /// <summary>Writes the sums; <paramref name="half"/> is half the width of the group's tile.</summary>
    static abstract void Write(
        TSelf sums, int half, ProductSizes sizes, bool isFirst, bool isLast, int row, int column, ArrayView<float> c,
        ArrayView<float> bias, ArrayView<float> addend);
}

/// <summary>Four rows by four columns.</summary>
internal struct ThreadTile4 : IThreadTile<ThreadTile4>
{
    private FourRows<Lanes4> _sums;

    public static int Quads => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ThreadTile4 AddProducts(
        ThreadTile4 sums, ArrayView<Lanes4> a, int aAt, ArrayView<Lanes4> b, int bAt, int half)
    {
        sums._sums.AddProducts(a[aAt], b[bAt]);
        return sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(
        ThreadTile4 sums, int half, ProductSizes sizes, bool isFirst, bool isLast, int row, int column, ArrayView<float> c,
        ArrayView<float> bias, ArrayView<float> addend) =>
        sums._sums.Write(sizes, isFirst, isLast, row, column, c, bias, addend);
}

/// <summary>Eight rows by eight columns.</summary>
internal struct ThreadTile8 : IThreadTile<ThreadTile8>
{
    private FourRows<Lanes4> _topLeft, _topRight, _bottomLeft, _bottomRight;

    public static int Quads => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ThreadTile8 AddProducts(
        ThreadTile8 sums, ArrayView<Lanes4> a, int aAt, ArrayView<Lanes4> b, int bAt, int half)
    {
        Lanes4 top = a[aAt];
        Lanes4 bottom = a[aAt + half];
        Lanes4 left = b[bAt];
        Lanes4 right = b[bAt + half];
        sums._topLeft.AddProducts(top, left);
        sums._topRight.AddProducts(top, right);
        sums._bottomLeft.AddProducts(bottom, left);
        sums._bottomRight.AddProducts(bottom, right);
        return sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(
        ThreadTile8 sums, int half, ProductSizes sizes, bool isFirst, bool isLast, int row, int column, ArrayView<float> c,
        ArrayView<float> bias, ArrayView<float> addend)
    {
        sums._topLeft.Write(sizes, isFirst, isLast, row, column, c, bias, addend);
        sums._topRight.Write(sizes, isFirst, isLast, row, column + half, c, bias, addend);
        sums._bottomLeft.Write(sizes, isFirst, isLast, row + half, column, c, bias, addend);
        sums._bottomRight.Write(sizes, isFirst, isLast, row + half, column + half, c, bias, addend);
    }
}
