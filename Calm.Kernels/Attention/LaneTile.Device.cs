using System.Runtime.CompilerServices;
using ILGPU;

namespace Calm.Kernels;

/// <summary>
/// Eight rows by sixteen lanes of a product, in registers: C[r, lane] = sum over t of A[r, t] B[t, lane]. All of
/// attention on a CPU is made of it.
/// </summary>
internal struct LaneTile
{
    /// <summary>Number of rows.</summary>
    public const int Rows = 8;

    /// <summary>Number of lanes: those of <see cref="Lanes16"/>, as a constant.</summary>
    public const int Lanes = 16;

    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private Lanes16 _row0, _row1, _row2, _row3, _row4, _row5, _row6, _row7;

    /// <summary>Loads rows of lanes, one behind the other.</summary>
    [MethodImpl(Inline)]
    public static LaneTile Load(ArrayView<float> source, long at) => new()
    {
        _row0 = Lanes16.Load(source, at),
        _row1 = Lanes16.Load(source, at + Lanes),
        _row2 = Lanes16.Load(source, at + 2 * Lanes),
        _row3 = Lanes16.Load(source, at + 3 * Lanes),
        _row4 = Lanes16.Load(source, at + 4 * Lanes),
        _row5 = Lanes16.Load(source, at + 5 * Lanes),
        _row6 = Lanes16.Load(source, at + 6 * Lanes),
        _row7 = Lanes16.Load(source, at + 7 * Lanes),
    };

    /// <summary>Writes them likewise.</summary>
    [MethodImpl(Inline)]
    public readonly void Store(ArrayView<float> target, long at)
    {
        Lanes16.Store(_row0, target, at);
        Lanes16.Store(_row1, target, at + Lanes);
        Lanes16.Store(_row2, target, at + 2 * Lanes);
        Lanes16.Store(_row3, target, at + 3 * Lanes);
        Lanes16.Store(_row4, target, at + 4 * Lanes);
        Lanes16.Store(_row5, target, at + 5 * Lanes);
        Lanes16.Store(_row6, target, at + 6 * Lanes);
        Lanes16.Store(_row7, target, at + 7 * Lanes);
    }

    /// <summary>this += A B.</summary>
    /// <param name="a">The memory of A.</param>
    /// <param name="rows">Element (r, 0) of A for each row r.</param>
    /// <param name="step">Distance from (r, t) to (r, t + 1) in A.</param>
    /// <param name="b">The memory of B.</param>
    /// <param name="at">Element (0, 0) of B, whose rows are one behind the other.</param>
    /// <param name="depth">Number of steps t.</param>
    [MethodImpl(Inline)]
    public void AddProduct(ArrayView<float> a, in TileRows rows, int step, ArrayView<float> b, long at, int depth)
    {
        long offset = 0;
        for (int t = 0; t < depth; t++)
        {
            Lanes16 lanes = Lanes16.Load(b, at);
            _row0 = Lanes16.FusedMultiplyAdd(Lanes16.Broadcast(a[rows.R0 + offset]), lanes, _row0);
            _row1 = Lanes16.FusedMultiplyAdd(Lanes16.Broadcast(a[rows.R1 + offset]), lanes, _row1);
            _row2 = Lanes16.FusedMultiplyAdd(Lanes16.Broadcast(a[rows.R2 + offset]), lanes, _row2);
            _row3 = Lanes16.FusedMultiplyAdd(Lanes16.Broadcast(a[rows.R3 + offset]), lanes, _row3);
            _row4 = Lanes16.FusedMultiplyAdd(Lanes16.Broadcast(a[rows.R4 + offset]), lanes, _row4);
            _row5 = Lanes16.FusedMultiplyAdd(Lanes16.Broadcast(a[rows.R5 + offset]), lanes, _row5);
            _row6 = Lanes16.FusedMultiplyAdd(Lanes16.Broadcast(a[rows.R6 + offset]), lanes, _row6);
            _row7 = Lanes16.FusedMultiplyAdd(Lanes16.Broadcast(a[rows.R7 + offset]), lanes, _row7);
            at += Lanes;
            offset += step;
        }
    }
}

/// <summary>First elements of the eight rows of a tile; those behind the last repeat it.</summary>
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

    /// <summary>One element of each row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes8 Gather(ArrayView<float> source, int element) => new(
        Lanes4.Of(source[R0 + element], source[R1 + element], source[R2 + element], source[R3 + element]),
        Lanes4.Of(source[R4 + element], source[R5 + element], source[R6 + element], source[R7 + element]));

    /// <summary>Writes one element of each row, or adds to it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Scatter(Lanes8 values, ArrayView<float> target, int element, int accumulate)
    {
        Write(target, R0 + element, values.Low.X, accumulate);
        Write(target, R1 + element, values.Low.Y, accumulate);
        Write(target, R2 + element, values.Low.Z, accumulate);
        Write(target, R3 + element, values.Low.W, accumulate);
        Write(target, R4 + element, values.High.X, accumulate);
        Write(target, R5 + element, values.High.Y, accumulate);
        Write(target, R6 + element, values.High.Z, accumulate);
        Write(target, R7 + element, values.High.W, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(ArrayView<float> target, long at, float value, int accumulate) =>
        target[at] = accumulate != 0 ? target[at] + value : value;
}
