using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>A group's threads on a tile, as compile-time constants. Each thread has four rows and four columns.</summary>
internal interface IThreadGrid
{
    /// <summary>Threads across the rows of a tile.</summary>
    static abstract int Rows { get; }

    /// <summary>Threads across its columns.</summary>
    static abstract int Columns { get; }

    /// <summary>Tiles that a thread has of vectors of a head's components: 1 or 2.</summary>
    static abstract int Tiles { get; }
}

/// <summary>Heads of up to 16 components: 64 threads, tiles of 64 by 16.</summary>
internal readonly struct HeadSize16 : IThreadGrid
{
    public static int Rows => 16;

    public static int Columns => 4;

    public static int Tiles => 1;
}

/// <summary>Up to 32: 128 threads, tiles of 64 by 32.</summary>
internal readonly struct HeadSize32 : IThreadGrid
{
    public static int Rows => 16;

    public static int Columns => 8;

    public static int Tiles => 1;
}

/// <summary>Up to 64: 256 threads, tiles of 64 by 64.</summary>
internal readonly struct HeadSize64 : IThreadGrid
{
    public static int Rows => 16;

    public static int Columns => 16;

    public static int Tiles => 1;
}

/// <summary>More than 64: 256 threads, tiles of 64 by 64, 128 components a group.</summary>
internal readonly struct HeadSize128 : IThreadGrid
{
    public static int Rows => 16;

    public static int Columns => 16;

    public static int Tiles => 2;
}

/// <summary>Any number where a group has fewer than 256 threads: 64 of them, tiles of 32 by 32, 64 components a group.</summary>
internal readonly struct LittleGroup64 : IThreadGrid
{
    public static int Rows => 8;

    public static int Columns => 8;

    public static int Tiles => 2;
}

/// <summary>Any number on the emulator, whose groups have 16 threads: tiles of 16 by 16, 32 components a group.</summary>
internal readonly struct EmulatedHeadSize32 : IThreadGrid
{
    public static int Rows => 4;

    public static int Columns => 4;

    public static int Tiles => 2;
}

/// <summary>
/// Products of tiles by the threads of a group. Operands pass through shared memory, sixteen components or rows at a
/// time. A head with more components than the threads have sums for has several groups: each makes all scores, and sums
/// vectors of its own components.
/// </summary>
/// <typeparam name="TGrid">The grid of threads.</typeparam>
internal readonly struct AttentionGroup<TGrid> where TGrid : struct, IThreadGrid
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
    private const int Chunk = 16;

    // A quad more than a row needs puts neighbouring rows into other banks.
    private const int Gap = QuadTile.Side;

    private readonly ArrayView<float> _operands;
    private readonly ArrayView<float> _weights;
    private readonly int _headSize;

    /// <summary>The view of one thread.</summary>
    /// <param name="operands">Shared, <see cref="OperandFloats"/>.</param>
    /// <param name="weights">Shared, <see cref="WeightFloats"/>.</param>
    /// <param name="headSize">Components of a head.</param>
    [MethodImpl(Inline)]
    public AttentionGroup(ArrayView<float> operands, ArrayView<float> weights, int headSize) =>
        (_operands, _weights, _headSize) = (operands, weights, headSize);

    /// <summary>Rows of a tile.</summary>
    public static int TileRows => QuadTile.Side * TGrid.Rows;

    /// <summary>Columns of a tile of scores.</summary>
    public static int TileColumns => QuadTile.Side * TGrid.Columns;

    /// <summary>Components that a group sums.</summary>
    public static int Components => TileColumns * TGrid.Tiles;

    /// <summary>First of this group's components of a head.</summary>
    public static int FirstComponent
    {
        [MethodImpl(Inline)]
        get => Grid.IdxY * Components;
    }

    /// <summary>Threads of the group.</summary>
    public static int Threads => TGrid.Rows * TGrid.Columns;

    /// <summary>Chunks of both operands of a product of scores; more than rows of any vectors take.</summary>
    public static int OperandFloats => Chunk * (TileRows + TileColumns + 2 * Gap);

    /// <summary>A tile of weights.</summary>
    public static int WeightFloats => TileColumns * (TileRows + Gap);

    /// <summary>First of this thread's rows in a tile.</summary>
    public static int Row
    {
        [MethodImpl(Inline)]
        get => Group.IdxX / TGrid.Columns * QuadTile.Side;
    }

    /// <summary>First of its columns.</summary>
    public static int Column
    {
        [MethodImpl(Inline)]
        get => (Group.IdxX & (TGrid.Columns - 1)) * QuadTile.Side;
    }

    /// <summary>Tiles that cover the rows.</summary>
    [MethodImpl(Inline)]
    public static int TilesOf(int rows) => (rows + TileRows - 1) / TileRows;

    /// <summary>A launch of a group for every tile of rows of each head, and for each part of its components.</summary>
    public static KernelConfig Launch(int rows, int heads, int headSize) => new(
        new Index3D(TilesOf(rows) * heads, (headSize + Components - 1) / Components, 1), new Index3D(Threads, 1, 1));

    /// <summary>This thread's part of the products of rows of one operand and rows of another.</summary>
    /// <param name="a">The operand of the tile's rows.</param>
    /// <param name="aFirst">Index of component 0 of the first.</param>
    /// <param name="aCount">Number of rows; zeros behind them.</param>
    /// <param name="b">The operand of the tile's columns.</param>
    /// <param name="bFirst">Likewise.</param>
    /// <param name="bCount">Likewise.</param>
    [MethodImpl(Inline)]
    public QuadTile Scores(DeviceHeads a, long aFirst, int aCount, DeviceHeads b, long bFirst, int bCount)
    {
        ArrayView<Lanes4> quads = _operands.Cast<Lanes4>();
        QuadTile sums = default;
        for (int first = 0; first < _headSize; first += Chunk)
        {
            KernelGroup.Barrier();
            LoadTransposed(0, TileRows, a, aFirst, aCount, first);
            LoadTransposed(Chunk * (TileRows + Gap), TileColumns, b, bFirst, bCount, first);
            KernelGroup.Barrier();
            for (int c = 0; c < Chunk; c++)
            {
                Lanes4 rows = quads[(c * (TileRows + Gap) + Row) / QuadTile.Side];
                Lanes4 columns = quads[(Chunk * (TileRows + Gap) + c * (TileColumns + Gap) + Column) / QuadTile.Side];
                sums.AddProduct(rows, columns);
            }
        }

        return sums;
    }

    /// <summary>Writes this thread's weights to shared memory, for <see cref="AddRows"/>.</summary>
    [MethodImpl(Inline)]
    public void StoreWeights(in QuadTile tile)
    {
        ArrayView<Lanes4> quads = _weights.Cast<Lanes4>();
        quads[(Column * (TileRows + Gap) + Row) / QuadTile.Side] = tile.C0;
        quads[((Column + 1) * (TileRows + Gap) + Row) / QuadTile.Side] = tile.C1;
        quads[((Column + 2) * (TileRows + Gap) + Row) / QuadTile.Side] = tile.C2;
        quads[((Column + 3) * (TileRows + Gap) + Row) / QuadTile.Side] = tile.C3;
    }

    /// <summary>This thread's part of sums[r] += sum over t of weights[r, t] times row t of a head's vectors.</summary>
    /// <param name="low">Its four components of the first half, or of all.</param>
    /// <param name="high">Of the second half, if threads have two tiles.</param>
    /// <param name="source">The vectors.</param>
    /// <param name="first">Index of component 0 of row 0.</param>
    /// <param name="count">Number of rows; zeros behind them.</param>
    [MethodImpl(Inline)]
    public void AddRows(ref QuadTile low, ref QuadTile high, DeviceHeads source, long first, int count)
    {
        ArrayView<Lanes4> quads = _operands.Cast<Lanes4>();
        ArrayView<Lanes4> weights = _weights.Cast<Lanes4>();
        for (int done = 0; done < count; done += Chunk)
        {
            KernelGroup.Barrier();
            Load(source, first, count, done);
            KernelGroup.Barrier();
            for (int t = 0; t < Chunk; t++)
            {
                Lanes4 rows = weights[((done + t) * (TileRows + Gap) + Row) / QuadTile.Side];
                low.AddProduct(rows, quads[(t * Components + Column) / QuadTile.Side]);
                if (TGrid.Tiles == 2)
                {
                    high.AddProduct(rows, quads[(t * Components + TileColumns + Column) / QuadTile.Side]);
                }
            }
        }
    }

    /// <summary>The maximum of each of this thread's rows over all threads that share the rows, and of another.</summary>
    [MethodImpl(Inline)]
    public Lanes4 Max(Lanes4 own, Lanes4 other)
    {
        ArrayView<Lanes4> quads = Exchange(own);
        for (int i = 0; i < TGrid.Columns; i++)
        {
            other = Lanes4.Max(other, quads[i * TGrid.Rows + Row / QuadTile.Side]);
        }

        return other;
    }

    /// <summary>The sum over all threads that share this thread's rows, in their order.</summary>
    [MethodImpl(Inline)]
    public Lanes4 Sum(Lanes4 own)
    {
        ArrayView<Lanes4> quads = Exchange(own);
        Lanes4 sum = default;
        for (int i = 0; i < TGrid.Columns; i++)
        {
            sum += quads[i * TGrid.Rows + Row / QuadTile.Side];
        }

        return sum;
    }

    [MethodImpl(Inline)]
    private ArrayView<Lanes4> Exchange(Lanes4 own)
    {
        ArrayView<Lanes4> quads = _operands.Cast<Lanes4>();
        KernelGroup.Barrier();
        quads[Column / QuadTile.Side * TGrid.Rows + Row / QuadTile.Side] = own;
        KernelGroup.Barrier();
        return quads;
    }

    [MethodImpl(Inline)]
    private void LoadTransposed(int to, int rows, DeviceHeads source, long first, int count, int component)
    {
        ArrayView<float> operands = _operands;
        for (int i = Group.IdxX; i < rows * Chunk; i += Threads)
        {
            int row = i / Chunk;
            int c = i & (Chunk - 1);
            float value = 0;
            if (row < count & component + c < _headSize)
            {
                value = source.Elements[first + (long)row * source.Stride + component + c];
            }

            operands[to + c * (rows + Gap) + row] = value;
        }
    }

    [MethodImpl(Inline)]
    private void Load(DeviceHeads source, long first, int count, int done)
    {
        ArrayView<float> operands = _operands;
        for (int i = Group.IdxX; i < Chunk * Components; i += Threads)
        {
            int row = done + i / Components;
            int c = FirstComponent + (i & (Components - 1));
            float value = 0;
            if (row < count & c < _headSize)
            {
                value = source.Elements[first + (long)row * source.Stride + c];
            }

            operands[i] = value;
        }
    }
}
