using System.Runtime.CompilerServices;
using ILGPU;

namespace Calm.Kernels;

/// <summary>The contribution of 32 queries to the gradients of the sixteen keys and values of a warp.</summary>
/// <typeparam name="THead">The size of the heads.</typeparam>
/// <param name="Tile">Shared memory.</param>
/// <param name="Values">The values of heads of 128, for which shared memory has no room; empty for others.</param>
/// <param name="Keys">Index of the keys in shared memory; values of smaller heads lie behind those of all warps.</param>
/// <param name="Statistics">[batch, heads, filled queries, 2]: <see cref="TensorStatistics"/>.</param>
/// <param name="Lane">Index of the thread in its warp.</param>
/// <param name="Factor">Of scores, to base 2.</param>
internal readonly record struct TensorKeyStrip<THead>(
    TensorHeadTile<THead> Tile, TensorHeadRows<THead> Values, int Keys, ArrayView<float> Statistics, int Lane, float Factor)
    where THead : struct, ITensorHead
{
    /// <summary>Adds the contribution.</summary>
    /// <param name="dKeys">In and out, but for the scale of the scores.</param>
    /// <param name="dValues">In and out.</param>
    /// <param name="at">Index of the queries in shared memory; their upstream gradients are one tile further.</param>
    /// <param name="row">The first query in <see cref="Statistics"/>.</param>
    /// <param name="distance">The first query's position less that of the warp's first key.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(
        ref TensorHeadSums<THead> dKeys, ref TensorHeadSums<THead> dValues, int at, int row, int distance)
    {
        TensorColumnStatistics columns = new(Statistics, row, Lane);
        TensorStrip weights = Tile.Products(Tile.InPlace(Keys, 0), at, 0);
        if (distance < TensorHead.WarpRows - 1)
        {
            weights.CausalMask(distance + (Lane & 3) * 2 - Lane / 4, 1);
        }

        weights.Exp2(Factor, columns.Logarithms);
        TensorHeadRows<THead> values = Values;
        if (THead.Size < TensorHead128.Size)
        {
            // 16 registers fewer from turn to turn: three groups fit instead of two.
            values = Tile.InPlace(Keys, THead.Warps * TensorHead.WarpRows * TensorHeadTile<THead>.RowWords);
        }

        TensorStrip dScores = Tile.Products(values, at, TensorHeadTile<THead>.Words);
        dScores.Differentiate(weights, columns.Dots);
        dValues.AddRows(weights, Tile, at, TensorHeadTile<THead>.Words);
        dKeys.AddRows(dScores, Tile, at, 0);
    }
}
