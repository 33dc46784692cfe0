using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>The tiles of C that one block of depth contributes to.</summary>
/// <param name="c">First element of C.</param>
/// <param name="stride">Distance between rows.</param>
/// <param name="accumulate">Whether to add to C; otherwise its contents are ignored.</param>
/// <param name="epilogue">Added in the last block of depth; empty in the others.</param>
/// <param name="firstRow">The row of C that the first panel of A begins with.</param>
internal readonly unsafe struct ProductTiles(float* c, long stride, bool accumulate, Epilogue epilogue, int firstRow = 0)
{
    private const int FloatsPerCacheLine = 16;

    /// <summary>Adds the contribution of a block of depth to the rows from <paramref name="row"/> on.</summary>
    /// <param name="row">The first row.</param>
    /// <param name="isFirst">Whether no block came before it.</param>
    /// <param name="isLast">Whether none comes after it.</param>
    public ProductTiles Block(int row, bool isFirst, bool isLast) =>
        new(c, stride, accumulate || !isFirst, isLast ? epilogue : default, row);

    /// <summary>Computes one tile from a panel of each operand.</summary>
    [SkipLocalsInit]
    public void Compute<TLanes>(RowPanels a, int rowPanel, PackedOperand b, int columnPanel)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        int row = firstRow + a.FirstRow(rowPanel);
        int column = columnPanel * b.Width;
        int rows = a.Present(rowPanel);
        int columns = b.Present(columnPanel);
        float* tile = c + row * stride + column;
        if (columns == b.Width)
        {
            Prefetch(tile, row, column, rows, columns);
            a.Multiply<TLanes>(rowPanel, b, columnPanel, tile, stride, accumulate);
        }
        else
        {
            // At the right edge a whole tile is computed aside and its valid part copied.
            float* whole = stackalloc float[MicroKernel.Rows<TLanes>() * MicroKernel.Columns<TLanes>()];
            a.Multiply<TLanes>(rowPanel, b, columnPanel, whole, b.Width, false);
            CopyPart(whole, b.Width, tile, rows, columns);
        }

        if (epilogue.Bias is not null || epilogue.Addend is not null)
        {
            AddEpilogue<TLanes>(tile, row, column, rows, columns);
        }
    }

    /// <summary>Reads a tile, columns first, if it is to be added to; returns whether it is.</summary>
    /// <param name="sums">Out, [columns, a.Width].</param>
    /// <param name="a">The operand with the panel of the rows of the tile.</param>
    /// <param name="rowPanel">The panel.</param>
    /// <param name="column">First column of the tile.</param>
    /// <param name="columns">Number of columns.</param>
    public bool ReadTransposed(float* sums, PackedOperand a, int rowPanel, int column, int columns)
    {
        float* tile = c + rowPanel * a.Width * stride + column;
        for (int i = 0; accumulate && i < a.Present(rowPanel); i++)
        {
            for (int j = 0; j < columns; j++)
            {
                sums[j * a.Width + i] = tile[i * stride + j];
            }
        }

        return accumulate;
    }

    /// <summary>Writes a tile given columns first, epilogue included.</summary>
    /// <inheritdoc cref="ReadTransposed"/>
    public void WriteTransposed(float* sums, PackedOperand a, int rowPanel, int column, int columns)
    {
        int row = rowPanel * a.Width;
        float* tile = c + row * stride + column;
        for (int i = 0; i < a.Present(rowPanel); i++)
        {
            for (int j = 0; j < columns; j++)
            {
                tile[i * stride + j] = sums[j * a.Width + i];
            }
        }

        AddEpilogue<Lanes1>(tile, row, column, a.Present(rowPanel), columns);
    }

    /// <summary>Writes a part of one row, epilogue included.</summary>
    /// <param name="sums">[columns].</param>
    /// <param name="row">The row.</param>
    /// <param name="column">First column.</param>
    /// <param name="columns">Number of columns.</param>
    public void WriteRow<TLanes>(float* sums, int row, int column, int columns)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        float* target = c + row * stride + column;
        new ReadOnlySpan<float>(sums, columns).CopyTo(new Span<float>(target, columns));
        AddEpilogue<TLanes>(target, row, column, 1, columns);
    }

    private void AddEpilogue<TLanes>(float* tile, int row, int column, int rows, int columns)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        for (int i = 0; i < rows; i++)
        {
            if (epilogue.Bias is not null)
            {
                Add<TLanes>(tile + i * stride, epilogue.Bias + column, columns);
            }

            if (epilogue.Addend is not null)
            {
                Add<TLanes>(tile + i * stride, AddendRow(row + i) + column, columns);
            }
        }
    }

    // The rows of a tile lie far apart, where no hardware looks ahead. Into the second cache: rows 4 KB apart would push each
    // other, and the panels, out of the first. README.md of this folder has what this gains.
    private void Prefetch(float* tile, int row, int column, int rows, int columns)
    {
        if (!Sse.IsSupported)
        {
            return;
        }

        for (int i = 0; i < rows; i++)
        {
            float* addend = AddendRow(row + i);
            for (int j = 0; j < columns; j += FloatsPerCacheLine)
            {
                Sse.Prefetch1(tile + i * stride + j);
                if (addend is not null)
                {
                    Sse.Prefetch0(addend + column + j);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float* AddendRow(int row) =>
        epilogue.Addend is null ? null : epilogue.Addend + row / epilogue.Repeat * stride;

    private void CopyPart(float* whole, int wholeStride, float* tile, int rows, int columns)
    {
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                float value = whole[i * wholeStride + j];
                tile[i * stride + j] = accumulate ? tile[i * stride + j] + value : value;
            }
        }
    }

    private static void Add<TLanes>(float* row, float* addend, int columns) where TLanes : unmanaged, ILanes<TLanes>
    {
        int j = 0;
        for (; j <= columns - TLanes.Count; j += TLanes.Count)
        {
            (TLanes.Load(row + j) + TLanes.Load(addend + j)).Store(row + j);
        }

        for (; j < columns; j++)
        {
            row[j] += addend[j];
        }
    }
}
