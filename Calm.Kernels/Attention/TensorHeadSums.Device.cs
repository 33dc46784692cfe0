using System.Runtime.CompilerServices;
using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Sums of sixteen rows and all components of a head, in the registers of a warp.</summary>
/// <typeparam name="THead">The size of a head.</typeparam>
internal struct TensorHeadSums<THead> where THead : struct, ITensorHead
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    private TensorStrip _s0, _s1, _s2, _s3;

    /// <summary>Multiplies each row by a number.</summary>
    [MethodImpl(Inline)]
    public void Multiply(RowPair factor)
    {
        TensorStrip factors = new(factor);
        _s0.Multiply(factors);
        if (THead.Size > 32)
        {
            _s1.Multiply(factors);
        }

        if (THead.Size > 64)
        {
            _s2.Multiply(factors);
            _s3.Multiply(factors);
        }
    }

    /// <summary>this[r] += sum over t of weights[r, t] times row t of a tile, for 32 of its rows.</summary>
    /// <param name="weights">Their columns are the rows of the tile.</param>
    /// <param name="tile">The tile.</param>
    /// <param name="at">Index in shared memory.</param>
    /// <param name="further">Words from there to the 32 rows: a constant.</param>
    [MethodImpl(Inline)]
    public void AddRows(in TensorStrip weights, TensorHeadTile<THead> tile, int at, int further)
    {
        AddRows(weights.First, tile, at, further);
        AddRows(weights.Second, tile, at, further + 16 * TensorHeadTile<THead>.RowWords);
    }

    /// <summary>Writes this thread's part to the rows of a head.</summary>
    /// <param name="target">The gradient or result.</param>
    /// <param name="batch">Index of the sequence.</param>
    /// <param name="row">This thread's upper row.</param>
    /// <param name="end">Number of rows.</param>
    /// <param name="head">Index of the head.</param>
    /// <param name="headSize">Components of a head.</param>
    /// <param name="lane">Index of the thread in its warp.</param>
    [MethodImpl(Inline)]
    public readonly void Write(DeviceGradient target, int batch, int row, int end, int head, int headSize, int lane)
    {
        TensorRowTarget rows = new(target, batch, row, end, head, headSize);
        int column = (lane & 3) * 2;
        rows.Write(_s0, column);
        if (THead.Size > 32)
        {
            rows.Write(_s1, column + TensorStrip.Columns);
        }

        if (THead.Size > 64)
        {
            rows.Write(_s2, column + 2 * TensorStrip.Columns);
            rows.Write(_s3, column + 3 * TensorStrip.Columns);
        }
    }

    [MethodImpl(Inline)]
    private void AddRows(TensorWords weights, TensorHeadTile<THead> tile, int at, int further)
    {
        _s0.AddProducts(weights, tile.Turned(at, further, 0), tile.Turned(at, further, 1));
        if (THead.Size > 32)
        {
            _s1.AddProducts(weights, tile.Turned(at, further, 2), tile.Turned(at, further, 3));
        }

        if (THead.Size > 64)
        {
            _s2.AddProducts(weights, tile.Turned(at, further, 4), tile.Turned(at, further, 5));
            _s3.AddProducts(weights, tile.Turned(at, further, 6), tile.Turned(at, further, 7));
        }
    }
}

/// <summary>The target of sums of two rows of a head.</summary>
/// <param name="Target">The gradient or result.</param>
/// <param name="Batch">Index of the sequence.</param>
/// <param name="Row">The upper row; the lower is eight further.</param>
/// <param name="End">Number of rows.</param>
/// <param name="Head">Index of the head.</param>
/// <param name="HeadSize">Components of a head.</param>
internal readonly record struct TensorRowTarget(
    DeviceGradient Target, int Batch, int Row, int End, int Head, int HeadSize)
{
    private const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;

    /// <summary>Writes 32 components, of which the thread has every fourth pair.</summary>
    [MethodImpl(Inline)]
    public void Write(in TensorStrip sums, int column)
    {
        Write(sums.T0, column);
        Write(sums.T1, column + 8);
        Write(sums.T2, column + 16);
        Write(sums.T3, column + 24);
    }

    [MethodImpl(Inline)]
    private void Write(TensorSums sums, int column)
    {
        Write(sums.X, Row, column);
        Write(sums.Y, Row, column + 1);
        Write(sums.Z, Row + 8, column);
        Write(sums.W, Row + 8, column + 1);
    }

    [MethodImpl(Inline)]
    private void Write(float value, int row, int column)
    {
        if (row < End & column < HeadSize)
        {
            Target.Write(Batch, row, Head, column, value);
        }
    }
}
