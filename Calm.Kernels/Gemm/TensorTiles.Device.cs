using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;
using Lanes2 = Calm.Runtime.LanePair<Calm.Runtime.KernelNumber>;

namespace Calm.Kernels;

/// <summary>The part of one thread of a warp of sixteen steps of depth of 64 columns of B.</summary>
internal struct TensorColumns
{
    /// <summary>Sixteen columns each.</summary>
    public TensorWords First, Second, Third, Fourth;

    /// <summary>Loads them from shared memory.</summary>
    /// <param name="shared">The stage.</param>
    /// <param name="at">This thread's word of the first sixteen columns.</param>
    /// <param name="stride">Words from sixteen columns to the next: a constant.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(ArrayView<uint> shared, int at, int stride)
    {
        ref uint row = ref shared[at];
        First = TensorCore.LoadTiles(ref row, 0);
        Second = TensorCore.LoadTiles(ref row, stride);
        Third = TensorCore.LoadTiles(ref row, 2 * stride);
        Fourth = TensorCore.LoadTiles(ref row, 3 * stride);
    }
}

/// <summary>The part of one thread of a warp of the sums of 16 rows and 64 columns of C.</summary>
internal struct TensorRow
{
    private TensorSums _sums0, _sums1, _sums2, _sums3, _sums4, _sums5, _sums6, _sums7;

    /// <summary>Adds sixteen steps of depth.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddProducts(TensorWords a, TensorColumns b)
    {
        _sums0 = TensorCore.MultiplyAdd(a, b.First.A, b.First.B, _sums0);
        _sums1 = TensorCore.MultiplyAdd(a, b.First.C, b.First.D, _sums1);
        _sums2 = TensorCore.MultiplyAdd(a, b.Second.A, b.Second.B, _sums2);
        _sums3 = TensorCore.MultiplyAdd(a, b.Second.C, b.Second.D, _sums3);
        _sums4 = TensorCore.MultiplyAdd(a, b.Third.A, b.Third.B, _sums4);
        _sums5 = TensorCore.MultiplyAdd(a, b.Third.C, b.Third.D, _sums5);
        _sums6 = TensorCore.MultiplyAdd(a, b.Fourth.A, b.Fourth.B, _sums6);
        _sums7 = TensorCore.MultiplyAdd(a, b.Fourth.C, b.Fourth.D, _sums7);
    }

    /// <summary>Writes them to shared memory, [16, stride].</summary>
    /// <param name="shared">Out.</param>
    /// <param name="at">This thread's first pair, in pairs.</param>
    /// <param name="stride">Distance between rows, in pairs.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(ArrayView<Lanes2> shared, int at, int stride)
    {
        const int tile = 4; // pairs of a row of eight
        Store(_sums0, shared, at, stride);
        Store(_sums1, shared, at + tile, stride);
        Store(_sums2, shared, at + 2 * tile, stride);
        Store(_sums3, shared, at + 3 * tile, stride);
        Store(_sums4, shared, at + 4 * tile, stride);
        Store(_sums5, shared, at + 5 * tile, stride);
        Store(_sums6, shared, at + 6 * tile, stride);
        Store(_sums7, shared, at + 7 * tile, stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(TensorSums sums, ArrayView<Lanes2> shared, int at, int stride)
    {
        const int half = 8; // rows between a thread's two pairs
        shared[at] = new Lanes2(new KernelNumber(sums.X), new KernelNumber(sums.Y));
        shared[at + half * stride] = new Lanes2(new KernelNumber(sums.Z), new KernelNumber(sums.W));
    }
}

/// <summary>The part of one thread of the 64 rows and 64 columns of C that a warp sums: 128 registers.</summary>
internal struct TensorTile
{
    private TensorRow _first, _second, _third, _fourth;

    /// <summary>Adds sixteen steps of depth from shared memory.</summary>
    /// <param name="shared">The stage.</param>
    /// <param name="aAt">This thread's word of the first sixteen rows of A.</param>
    /// <param name="bAt">This thread's word of the first sixteen columns of B.</param>
    /// <param name="stride">Words from sixteen rows, or columns, to the next: a constant.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddProducts(ArrayView<uint> shared, int aAt, int bAt, int stride)
    {
        TensorColumns b = default;
        b.Load(shared, bAt, stride);
        ref uint row = ref shared[aAt];
        _first.AddProducts(TensorCore.LoadTiles(ref row, 0), b);
        _second.AddProducts(TensorCore.LoadTiles(ref row, stride), b);
        _third.AddProducts(TensorCore.LoadTiles(ref row, 2 * stride), b);
        _fourth.AddProducts(TensorCore.LoadTiles(ref row, 3 * stride), b);
    }

    /// <summary>Writes the tile by way of shared memory, sixteen rows at a time; all threads of the group must call it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Write<TTarget>(TensorTarget target, TTarget c) where TTarget : struct, IProductTarget
    {
        target.Write(_first, 0, c);
        target.Write(_second, 1, c);
        target.Write(_third, 2, c);
        target.Write(_fourth, 3, c);
    }
}

/// <summary>Destination of a warp's tile: a corner of shared memory of its own, then C.</summary>
/// <param name="Shared">All of the group's shared memory.</param>
/// <param name="Corner">First word of the warp's corner: 16 rows of <see cref="Stride"/> floats.</param>
/// <param name="Lane">Index of the thread in the warp.</param>
/// <param name="Row">First row of the tile in C.</param>
/// <param name="Column">First column.</param>
/// <param name="Sizes">Sizes, and what to add.</param>
/// <param name="Layer">First element of C: of a slice of depth, where there are several.</param>
/// <param name="Bias">[N], if there is one.</param>
/// <param name="Addend">[M / repeat, N], if there is one.</param>
internal readonly record struct TensorTarget(
    ArrayView<uint> Shared, int Corner, int Lane, int Row, int Column, ProductSizes Sizes, long Layer,
    ArrayView<float> Bias, ArrayView<float> Addend)
{
    /// <summary>Floats of a row in the corner: eight more than there are, so that rows are spread over the banks.</summary>
    public const int Stride = 72;

    /// <summary>Words of a warp's corner.</summary>
    public const int Words = RowsPerTurn * Stride;

    private const int RowsPerTurn = 16;
    private const int QuadsPerRow = 16;

    /// <summary>Writes sixteen rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write<TTarget>(TensorRow sums, int turn, TTarget c) where TTarget : struct, IProductTarget
    {
        KernelGroup.Barrier();
        sums.Store(Shared.Cast<Lanes2>(), Corner / 2 + Lane / 4 * (Stride / 2) + (Lane & 3), Stride / 2);
        KernelGroup.Barrier();
        ArrayView<Lanes4> quads = Shared.Cast<Lanes4>();
        for (int i = Lane; i < RowsPerTurn * QuadsPerRow; i += TensorCore.WarpSize)
        {
            int line = i / QuadsPerRow;
            int quad = i & (QuadsPerRow - 1);
            int row = Row + turn * RowsPerTurn + line;
            int column = Column + quad * Lanes4.Count;
            if (row < Sizes.Rows && column < Sizes.Columns)
            {
                Lanes4 value = quads[Corner / Lanes4.Count + line * (Stride / Lanes4.Count) + quad];
                c.Write(value, Layer, Sizes, row, column, Bias, Addend);
            }
        }
    }
}
