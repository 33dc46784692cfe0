using ILGPU;

namespace Calm.Kernels;

/// <content>
/// The backward kernels of GPUs: once with a tile of queries a group, for their gradient, and once with a tile of keys.
/// Each makes the weights again, so that no two groups write to the same place.
/// </content>
public static partial class CausalAttention
{
    private static void BackwardQueryTiled<TGrid>(in BackwardOperands x, AttentionSizes sizes)
        where TGrid : struct, IThreadGrid
    {
        int groups = TilesOf<TGrid>(sizes.Queries) * sizes.Batch * sizes.QueryHeads;
        x.Gpu.Kernel<DeviceHeads, DeviceHeads, DeviceHeads, DeviceHeads, ArrayView<float>, ArrayView<float>, DeviceGradient,
            AttentionSizes>(BackwardQueryTiledKernel<TGrid>)(
            x.Gpu.Queue, new KernelConfig(groups, AttentionGroup<TGrid>.Threads), x.Q, x.K, x.V, x.Dy, x.LogSumExp, x.RowDot,
            x.Dq, sizes);
    }

    private static void BackwardKeyTiled<TGrid>(in BackwardOperands x, AttentionSizes sizes)
        where TGrid : struct, IThreadGrid
    {
        int groups = TilesOf<TGrid>(sizes.Keys) * sizes.Batch * sizes.KeyValueHeads;
        x.Gpu.Kernel<DeviceHeads, DeviceHeads, DeviceHeads, DeviceHeads, ArrayView<float>, ArrayView<float>, DeviceGradient,
            DeviceGradient, AttentionSizes>(BackwardKeyTiledKernel<TGrid>)(
            x.Gpu.Queue, new KernelConfig(groups, AttentionGroup<TGrid>.Threads), x.Q, x.K, x.V, x.Dy, x.LogSumExp, x.RowDot,
            x.Dk, x.Dv, sizes);
    }

    /// <summary>dq[i] (+)= sum over j of ds[i, j] k[j], for each head.</summary>
    /// <param name="q">In, [B, Tq, heads].</param>
    /// <param name="k">In, [B, Tk, shared heads].</param>
    /// <param name="v">In, [B, Tk, shared heads].</param>
    /// <param name="dy">In, [B, Tq, heads].</param>
    /// <param name="logSumExp">In, [B, heads, Tq], from the forward kernel.</param>
    /// <param name="rowDot">In, [B, heads, Tq].</param>
    /// <param name="dq">In and out, [B, Tq, heads].</param>
    /// <param name="sizes">The sizes.</param>
    /// <remarks>Launch, memory and bounds: as the forward kernel. ds: CausalAttention.Gradient.cs.</remarks>
    private static void BackwardQueryTiledKernel<TGrid>(
        DeviceHeads q, DeviceHeads k, DeviceHeads v, DeviceHeads dy, ArrayView<float> logSumExp, ArrayView<float> rowDot,
        DeviceGradient dq, AttentionSizes sizes)
        where TGrid : struct, IThreadGrid
    {
        ArrayView<float> operands = SharedMemory.Allocate<float>(AttentionGroup<TGrid>.OperandFloats);
        ArrayView<float> shared = SharedMemory.Allocate<float>(AttentionGroup<TGrid>.WeightFloats);
        AttentionGroup<TGrid> group = new(operands, shared, sizes.HeadSize);
        int heads = sizes.Batch * sizes.QueryHeads;
        int batch = Grid.IdxX % heads / sizes.QueryHeads;
        int head = Grid.IdxX % sizes.QueryHeads;
        int first = (TilesOf<TGrid>(sizes.Queries) - 1 - Grid.IdxX / heads) * AttentionGroup<TGrid>.TileRows;
        int count = IntrinsicMath.Min(sizes.Queries - first, AttentionGroup<TGrid>.TileRows);
        int row = first + AttentionGroup<TGrid>.Row;
        long queries = q.At(batch, first, head);
        long upstream = dy.At(batch, first, head);
        long statistics = ((long)batch * sizes.QueryHeads + head) * sizes.Queries;
        Quad logSum = Quad.Gather(logSumExp, statistics, row, sizes.Queries - 1);
        Quad dot = Quad.Gather(rowDot, statistics, row, sizes.Queries - 1);

        QuadTile low = default;
        QuadTile high = default;
        int endKey = sizes.Start + first + count;
        for (int firstKey = 0; firstKey < endKey; firstKey += AttentionGroup<TGrid>.TileColumns)
        {
            int keys = IntrinsicMath.Min(endKey - firstKey, AttentionGroup<TGrid>.TileColumns);
            long keyRows = k.At(batch, firstKey, head / sizes.Group);
            QuadTile scores = group.Scores(q, queries, count, k, keyRows, keys);
            QuadTile dWeights = group.Scores(
                dy, upstream, count, v, v.At(batch, firstKey, head / sizes.Group), keys);
            scores.HideKeys(firstKey + AttentionGroup<TGrid>.Column, sizes.Start + row);
            QuadTile weights = scores.ExpByRow(sizes.Scale, logSum);
            group.StoreWeights(weights.DifferentiateByRow(dWeights, sizes.Scale, dot));
            group.AddRows(ref low, ref high, k, keyRows, keys);
        }

        Write<TGrid>(low, high, dq, batch, first, count, head, sizes.HeadSize);
    }

    /// <summary>
    /// dk[j] (+)= sum over i of ds[i, j] q[i] and dv[j] (+)= sum over i of p[i, j] dy[i], over all query heads that share them.
    /// </summary>
    /// <param name="q">In, [B, Tq, heads].</param>
    /// <param name="k">In, [B, Tk, shared heads].</param>
    /// <param name="v">In, [B, Tk, shared heads].</param>
    /// <param name="dy">In, [B, Tq, heads].</param>
    /// <param name="logSumExp">In, [B, heads, Tq], from the forward kernel.</param>
    /// <param name="rowDot">In, [B, heads, Tq].</param>
    /// <param name="dk">In and out, [B, Tk, shared heads].</param>
    /// <param name="dv">In and out, [B, Tk, shared heads]; may be the memory of dk, to which it is then added.</param>
    /// <param name="sizes">The sizes.</param>
    /// <remarks>
    /// Launch: a group of TGrid a tile of keys of a shared head; query heads, and of each the queries that see the tile, in
    /// their order. Memory and bounds: as the forward kernel. A key that no query sees gets zero.
    /// </remarks>
    private static void BackwardKeyTiledKernel<TGrid>(
        DeviceHeads q, DeviceHeads k, DeviceHeads v, DeviceHeads dy, ArrayView<float> logSumExp, ArrayView<float> rowDot,
        DeviceGradient dk, DeviceGradient dv, AttentionSizes sizes)
        where TGrid : struct, IThreadGrid
    {
        ArrayView<float> operands = SharedMemory.Allocate<float>(AttentionGroup<TGrid>.OperandFloats);
        ArrayView<float> shared = SharedMemory.Allocate<float>(AttentionGroup<TGrid>.WeightFloats);
        AttentionGroup<TGrid> group = new(operands, shared, sizes.HeadSize);
        int sharedHeads = sizes.Batch * sizes.KeyValueHeads;
        int batch = Grid.IdxX % sharedHeads / sizes.KeyValueHeads;
        int sharedHead = Grid.IdxX % sizes.KeyValueHeads;
        int first = Grid.IdxX / sharedHeads * AttentionGroup<TGrid>.TileRows;
        int count = IntrinsicMath.Min(sizes.Keys - first, AttentionGroup<TGrid>.TileRows);
        long keys = k.At(batch, first, sharedHead);
        long values = v.At(batch, first, sharedHead);

        QuadTile keyLow = default;
        QuadTile keyHigh = default;
        QuadTile valueLow = default;
        QuadTile valueHigh = default;
        int firstHead = sharedHead * sizes.Group;
        for (int head = firstHead; head < firstHead + sizes.Group; head++)
        {
            long statistics = ((long)batch * sizes.QueryHeads + head) * sizes.Queries;
            int firstQuery = IntrinsicMath.Max(0, first - sizes.Start);
            for (; firstQuery < sizes.Queries; firstQuery += AttentionGroup<TGrid>.TileColumns)
            {
                int queries = IntrinsicMath.Min(sizes.Queries - firstQuery, AttentionGroup<TGrid>.TileColumns);
                int column = firstQuery + AttentionGroup<TGrid>.Column;
                long queryRows = q.At(batch, firstQuery, head);
                long upstream = dy.At(batch, firstQuery, head);
                QuadTile scores = group.Scores(k, keys, count, q, queryRows, queries);
                QuadTile dWeights = group.Scores(v, values, count, dy, upstream, queries);
                scores.HideQueries(first + AttentionGroup<TGrid>.Row, sizes.Start + column, sizes.Queries - column);
                QuadTile weights = scores.ExpByColumn(
                    sizes.Scale, Quad.Gather(logSumExp, statistics, column, sizes.Queries - 1));
                group.StoreWeights(weights);
                group.AddRows(ref valueLow, ref valueHigh, dy, upstream, queries);
                Group.Barrier(); // all have read the weights
                group.StoreWeights(weights.DifferentiateByColumn(
                    dWeights, sizes.Scale, Quad.Gather(rowDot, statistics, column, sizes.Queries - 1)));
                group.AddRows(ref keyLow, ref keyHigh, q, queryRows, queries);
            }
        }

        Write<TGrid>(keyLow, keyHigh, dk, batch, first, count, sharedHead, sizes.HeadSize);
        Write<TGrid>(valueLow, valueHigh, dv, batch, first, count, sharedHead, sizes.HeadSize);
    }
}
