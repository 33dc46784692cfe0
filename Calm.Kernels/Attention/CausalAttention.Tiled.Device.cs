using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>
/// The forward kernel of GPUs: a group has a tile of queries of a head and goes through the keys tile by tile. Scores and
/// sums are in registers, weights pass through shared memory between the two products.
/// </content>
public static partial class CausalAttention
{
    /// <summary>y[i] = sum over j of p[i, j] v[j], p[i, j] = exp(scale q[i] . k[j] - logSumExp[i]), for each head.</summary>
    /// <param name="q">In, [B, Tq, heads].</param>
    /// <param name="k">In, [B, Tk, shared heads].</param>
    /// <param name="v">In, [B, Tk, shared heads].</param>
    /// <param name="y">Out, [B, Tq, heads].</param>
    /// <param name="logSumExp">Out, [B, heads, Tq]: kept for backward.</param>
    /// <param name="sizes">The sizes.</param>
    /// <remarks>
    /// Launch: a group of TGrid a tile of queries and up to 128 components of a head, those that see most keys first. Shared
    /// memory: 10 to 26 KB.
    /// Bound by arithmetic. Numerics: keys are cut at multiples of a tile, and a thread's columns are added in order and then
    /// the threads', so that the bits of a query do not depend on the others of the call.
    /// Sources: Dao et al. 2022, arXiv:2205.14135; Milakov and Gimelshein 2018, arXiv:1805.02867.
    /// Definition: CausalAttention.Reference.
    /// </remarks>
    internal readonly struct ForwardTiledKernel<TGrid>(
        DeviceHeads q, DeviceHeads k, DeviceHeads v, DeviceHeads y, ArrayView<float> logSumExp, AttentionSizes sizes)
        : IKernel
        where TGrid : struct, IThreadGrid
    {
        public void Run()
        {
            ArrayView<float> operands = SharedMemory.Allocate<float>(AttentionGroup<TGrid>.OperandFloats);
            ArrayView<float> shared = SharedMemory.Allocate<float>(AttentionGroup<TGrid>.WeightFloats);
            AttentionGroup<TGrid> group = new(operands, shared, sizes.HeadSize);
            int heads = sizes.Batch * sizes.QueryHeads;
            int batch = Grid.IdxX % heads / sizes.QueryHeads;
            int head = Grid.IdxX % sizes.QueryHeads;
            int first = (AttentionGroup<TGrid>.TilesOf(sizes.Queries) - 1 - Grid.IdxX / heads) * AttentionGroup<TGrid>.TileRows;
            int count = IntrinsicMath.Min(sizes.Queries - first, AttentionGroup<TGrid>.TileRows);
            int position = sizes.Start + first + AttentionGroup<TGrid>.Row;
            long queries = q.At(batch, first, head);

            Lanes4 maximum = Lanes4.Broadcast(float.NegativeInfinity);
            Lanes4 sum = default;
            QuadTile low = default;
            QuadTile high = default;
            Lanes4 scale = Lanes4.Broadcast(sizes.Scale);
            int endKey = sizes.Start + first + count;
            for (int firstKey = 0; firstKey < endKey; firstKey += AttentionGroup<TGrid>.TileColumns)
            {
                int keys = IntrinsicMath.Min(endKey - firstKey, AttentionGroup<TGrid>.TileColumns);
                QuadTile scores = group.Scores(
                    q, queries, count, k, k.At(batch, firstKey, head / sizes.Group), keys);
                scores.CausalMask(firstKey + AttentionGroup<TGrid>.Column, position);
                Lanes4 greatest = group.Max(scores.Max * scale, maximum);
                Lanes4 shrink = QuadTile.Exp(maximum - greatest);
                QuadTile weights = scores.ExpByRow(sizes.Scale, greatest);
                sum = sum * shrink + weights.Sum;
                maximum = greatest;
                low.Multiply(shrink);
                high.Multiply(shrink);
                group.StoreWeights(weights);
                group.AddRows(ref low, ref high, v, v.At(batch, firstKey, head / sizes.Group), keys);
            }

            Lanes4 total = group.Sum(sum);
            Lanes4 factor = Lanes4.Broadcast(1) / total;
            low.Multiply(factor);
            high.Multiply(factor);
            DeviceGradient result = new(y, accumulate: false);
            Write<TGrid>(low, high, result, batch, first, count, head, sizes.HeadSize);
            if (AttentionGroup<TGrid>.Column == 0 && Grid.IdxY == 0)
            {
                long row = ((long)batch * sizes.QueryHeads + head) * sizes.Queries + first + AttentionGroup<TGrid>.Row;
                int left = count - AttentionGroup<TGrid>.Row;
                StoreIf(left > 0, logSumExp, row, maximum.X + KernelMath.Log(total.X));
                StoreIf(left > 1, logSumExp, row + 1, maximum.Y + KernelMath.Log(total.Y));
                StoreIf(left > 2, logSumExp, row + 2, maximum.Z + KernelMath.Log(total.Z));
                StoreIf(left > 3, logSumExp, row + 3, maximum.W + KernelMath.Log(total.W));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreIf(bool wanted, ArrayView<float> target, long at, float value)
    {
        if (wanted)
        {
            target[at] = value;
        }
    }

    /// <summary>Writes a thread's components of its rows of a tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write<TGrid>(
        in QuadTile low, in QuadTile high, DeviceGradient target, int batch, int first, int count, int head, int headSize)
        where TGrid : struct, IThreadGrid
    {
        int row = AttentionGroup<TGrid>.Row;
        int column = AttentionGroup<TGrid>.FirstComponent + AttentionGroup<TGrid>.Column;
        WriteTile(low, target, batch, first + row, first + count, head, column, headSize);
        if (TGrid.Tiles == 2)
        {
            WriteTile(
                high, target, batch, first + row, first + count, head, column + AttentionGroup<TGrid>.TileColumns, headSize);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteTile(
        in QuadTile tile, DeviceGradient target, int batch, int row, int end, int head, int column, int headSize)
    {
        WriteColumn(tile.C0, target, batch, row, end, head, column, headSize);
        WriteColumn(tile.C1, target, batch, row, end, head, column + 1, headSize);
        WriteColumn(tile.C2, target, batch, row, end, head, column + 2, headSize);
        WriteColumn(tile.C3, target, batch, row, end, head, column + 3, headSize);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteColumn(
        Lanes4 rows, DeviceGradient target, int batch, int row, int end, int head, int column, int headSize)
    {
        if (column < headSize)
        {
            WriteIf(row < end, rows.X, target, batch, row, head, column);
            WriteIf(row + 1 < end, rows.Y, target, batch, row + 1, head, column);
            WriteIf(row + 2 < end, rows.Z, target, batch, row + 2, head, column);
            WriteIf(row + 3 < end, rows.W, target, batch, row + 3, head, column);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteIf(
        bool wanted, float value, DeviceGradient target, int batch, int row, int head, int column)
    {
        if (wanted)
        {
            target.Write(batch, row, head, column, value);
        }
    }
}
