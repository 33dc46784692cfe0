using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>
/// Tiles of rows of a head in shared memory, bfloat16, as a thread of a warp reads them: the right operands of products over
/// components, and turned, over rows. A row is chunks of 16 bytes, of which chunk c lies at c xor (row % 8), or for rows of
/// four chunks at c xor (row / 2 % 4): eight rows of one chunk meet all banks once.
/// </summary>
/// <typeparam name="THead">The size of a head.</typeparam>
internal readonly struct TensorHeadTile<THead> where THead : struct, ITensorHead
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const int ChunkWords = 4;

    // Rows this far apart have their chunks in one order.
    private const int SwizzledRows = 8;

    private readonly ArrayView<uint> _shared;
    private readonly int _word;
    private readonly int _turnedWord;

    /// <summary>The view of one thread.</summary>
    /// <param name="shared">Shared memory.</param>
    /// <param name="lane">Index of the thread in its warp.</param>
    [MethodImpl(Inline)]
    public TensorHeadTile(ArrayView<uint> shared, int lane)
    {
        _shared = shared;
        _word = Word((lane & 7) + lane / 16 * 8, lane / 8 & 1);
        _turnedWord = Word(lane & 15, lane / 16);
    }

    /// <summary>Words of a row.</summary>
    public static int RowWords
    {
        [MethodImpl(Inline)]
        get => THead.Size / 2;
    }

    /// <summary>Words of a tile.</summary>
    public static int Words
    {
        [MethodImpl(Inline)]
        get => THead.TileRows * (THead.Size / 2);
    }

    /// <summary>Threads of a group.</summary>
    public static int Threads
    {
        [MethodImpl(Inline)]
        get => THead.Warps * TensorCore.WarpSize;
    }

    private static int RowChunks
    {
        [MethodImpl(Inline)]
        get => THead.Size / 2 / ChunkWords;
    }

    /// <summary>Rows from one copy of a thread to its next.</summary>
    private static int RowsApart
    {
        [MethodImpl(Inline)]
        get => THead.Warps * TensorCore.WarpSize / (THead.Size / 2 / ChunkWords);
    }

    /// <summary>Groups that cover the rows.</summary>
    [MethodImpl(Inline)]
    public static int GroupsOf(int rows) =>
        (rows + THead.Warps * TensorHead.WarpRows - 1) / (THead.Warps * TensorHead.WarpRows);

    /// <summary>A launch of a group for every tile of rows of each head.</summary>
    public static KernelConfig Launch(int rows, int heads) => new(GroupsOf(rows) * heads, Threads);

    /// <summary>Starts copying rows from global memory; all threads of the group must take part.</summary>
    /// <param name="shared">Shared memory.</param>
    /// <param name="at">Their index in shared memory.</param>
    /// <param name="rows">Packed rows.</param>
    /// <param name="row">The first row.</param>
    /// <param name="count">Number of rows: a constant.</param>
    [MethodImpl(Inline)]
    public static void Fetch(ArrayView<uint> shared, int at, ArrayView<uint> rows, long row, int count)
    {
        ref uint source = ref rows[row * RowWords + Group.IdxX * ChunkWords];
        if (RowsApart % SwizzledRows != 0)
        {
            // A single warp: its turns differ in their chunks.
            for (int i = Group.IdxX; i < count * RowChunks; i += Threads)
            {
                TensorCore.CopyAsync(
                    ref shared[at + Word(i / RowChunks, i & (RowChunks - 1))], 0, ref rows[row * RowWords + i * ChunkWords], 0);
            }

            return;
        }

        ref uint target = ref shared[at + Word(Group.IdxX / RowChunks, Group.IdxX & (RowChunks - 1))];
        Copy(ref target, ref source, 0);
        Copy(ref target, ref source, 1);
        if (count > 2 * RowsApart)
        {
            Copy(ref target, ref source, 2);
            Copy(ref target, ref source, 3);
        }

        if (count > 4 * RowsApart)
        {
            Copy(ref target, ref source, 4);
            Copy(ref target, ref source, 5);
            Copy(ref target, ref source, 6);
            Copy(ref target, ref source, 7);
        }
    }

    /// <summary>The products of sixteen rows in registers and 32 rows of a tile.</summary>
    /// <param name="a">In registers.</param>
    /// <param name="at">Index in shared memory.</param>
    /// <param name="further">Words from there to the 32 rows: a constant.</param>
    [MethodImpl(Inline)]
    public TensorStrip Products(in TensorHeadRows<THead> a, int at, int further)
    {
        TensorStrip sums = default;
        int second = further + 16 * RowWords;
        sums.AddProducts(a.C0, Rows(at, further, 0), Rows(at, second, 0));
        sums.AddProducts(a.C1, Rows(at, further, 1), Rows(at, second, 1));
        if (THead.Size > 32)
        {
            sums.AddProducts(a.C2, Rows(at, further, 2), Rows(at, second, 2));
            sums.AddProducts(a.C3, Rows(at, further, 3), Rows(at, second, 3));
        }

        if (THead.Size > 64)
        {
            sums.AddProducts(a.C4, Rows(at, further, 4), Rows(at, second, 4));
            sums.AddProducts(a.C5, Rows(at, further, 5), Rows(at, second, 5));
            sums.AddProducts(a.C6, Rows(at, further, 6), Rows(at, second, 6));
            sums.AddProducts(a.C7, Rows(at, further, 7), Rows(at, second, 7));
        }

        return sums;
    }

    /// <summary>Sixteen rows as left operands.</summary>
    /// <param name="at">Index in shared memory.</param>
    /// <param name="further">Words from there to the rows: a constant.</param>
    [MethodImpl(Inline)]
    public TensorHeadRows<THead> InPlace(int at, int further)
    {
        TensorHeadRows<THead> rows = default;
        rows.C0 = Left(at, further, 0);
        rows.C1 = Left(at, further, 1);
        if (THead.Size > 32)
        {
            rows.C2 = Left(at, further, 2);
            rows.C3 = Left(at, further, 3);
        }

        if (THead.Size > 64)
        {
            rows.C4 = Left(at, further, 4);
            rows.C5 = Left(at, further, 5);
            rows.C6 = Left(at, further, 6);
            rows.C7 = Left(at, further, 7);
        }

        return rows;
    }

    /// <summary>Sixteen rows as columns of a right operand, at the sixteen components of a step.</summary>
    /// <param name="at">Index in shared memory.</param>
    /// <param name="further">Words from there to the rows: a constant.</param>
    /// <param name="step">The step.</param>
    [MethodImpl(Inline)]
    public TensorWords Rows(int at, int further, int step)
    {
        ArrayView<uint> shared = _shared;
        return TensorCore.LoadTiles(ref shared[at + (_word ^ (2 * ChunkWords * step))], further);
    }

    /// <summary>Sixteen rows as the steps of a right operand, with sixteen components as its columns.</summary>
    /// <param name="at">Index in shared memory.</param>
    /// <param name="further">Words from there to the rows: a constant.</param>
    /// <param name="step">Index of the components.</param>
    [MethodImpl(Inline)]
    public TensorWords Turned(int at, int further, int step)
    {
        ArrayView<uint> shared = _shared;
        return TensorCore.LoadTransposedTiles(ref shared[at + (_turnedWord ^ (2 * ChunkWords * step))], further);
    }

    [MethodImpl(Inline)]
    private TensorWords Left(int at, int further, int step)
    {
        ArrayView<uint> shared = _shared;
        return TensorCore.LoadTiles(ref shared[at + (_turnedWord ^ (2 * ChunkWords * step))], further);
    }

    [MethodImpl(Inline)]
    private static void Copy(ref uint target, ref uint source, int turn) =>
        TensorCore.CopyAsync(ref target, turn * RowsApart * RowWords, ref source, turn * Threads * ChunkWords);

    [MethodImpl(Inline)]
    private static int Word(int row, int chunk)
    {
        int turn = THead.Size == 32 ? row / 2 & 3 : row & 7;
        return row * RowWords + (chunk ^ turn) * ChunkWords;
    }
}
