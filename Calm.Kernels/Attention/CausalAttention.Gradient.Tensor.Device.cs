using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>
/// The backward kernels on tensor cores: queries in place and keys passing by for the gradient of the queries, then the reverse.
/// With keys as rows, scores are turned, so that weights and their gradients are left operands in both kernels.
/// </content>
public static partial class CausalAttention
{
    private readonly partial struct Backward
    {
        public void RunOnTensorCores<THead>(IlgpuDevice gpu) where THead : struct, ITensorHead
        {
            TensorOperands<THead> packed = new(gpu, sizes, q, k, v, y, dy, logSumExp.View());
            if (WantsQueries)
            {
                gpu.Launch(
                    TensorHeadTile<THead>.Launch(sizes.Queries, AllQueryHeads),
                    new BackwardQueryTensorKernel<THead>(
                        packed.Q, packed.K, packed.V, packed.Dy, packed.Statistics, ToDevice(dq), sizes));
            }

            if (WantsKeys)
            {
                gpu.Launch(
                    TensorHeadTile<THead>.Launch(sizes.Keys, AllKeyHeads),
                    new BackwardKeyTensorKernel<THead>(
                        packed.Q, packed.K, packed.V, packed.Dy, packed.Statistics, ToDevice(dk), ToDevice(dv), sizes));
            }
        }
    }

    /// <summary>dq[i] (+)= sum over j of ds[i, j] k[j], for each head.</summary>
    /// <param name="q">In, packed: <see cref="TensorHeadPacking"/>.</param>
    /// <param name="k">In, packed.</param>
    /// <param name="v">In, packed.</param>
    /// <param name="dy">In, packed.</param>
    /// <param name="statistics">In, [B, heads, filled Tq, 2]: <see cref="TensorStatistics"/>.</param>
    /// <param name="dq">In and out, [B, Tq, heads].</param>
    /// <param name="sizes">The sizes.</param>
    /// <remarks>
    /// Launch, memory, bounds and source: as the forward kernel. ds: CausalAttention.Gradient.cs; rounded to bfloat16.
    /// </remarks>
    internal readonly struct BackwardQueryTensorKernel<THead>(
        ArrayView<uint> q, ArrayView<uint> k, ArrayView<uint> v, ArrayView<uint> dy, ArrayView<float> statistics,
        DeviceGradient dq, AttentionSizes sizes) : IKernel
        where THead : struct, ITensorHead
    {
        public void Run()
        {
            ArrayView<uint> shared = SharedMemory.Allocate<uint>(4 * THead.TileRows * (THead.Size / 2));
            int stageWords = 2 * TensorHeadTile<THead>.Words;
            int lane = Group.IdxX & (TensorCore.WarpSize - 1);
            TensorHeadTile<THead> tile = new(shared, lane);
            int heads = sizes.Batch * sizes.QueryHeads;
            int batch = Grid.IdxX % heads / sizes.QueryHeads;
            int head = Grid.IdxX % sizes.QueryHeads;
            int group = (TensorHeadTile<THead>.GroupsOf(sizes.Queries) - 1 - Grid.IdxX / heads) * THead.Warps * WarpRows;
            int first = group + Group.IdxX / TensorCore.WarpSize * WarpRows;
            int row = first + lane / 4;
            long rows = ((long)batch * sizes.QueryHeads + head) * TensorHeadPacking.Filled(sizes.Queries);
            long keys = ((long)batch * sizes.KeyValueHeads + head / sizes.Group) * TensorHeadPacking.Filled(sizes.Keys);
            TensorHeadRows<THead> queries = new(q, rows + first, lane);
            TensorHeadRows<THead> upstream = new(dy, rows + first, lane);
            TensorStrip logarithms = new(TensorStatistics.OfRows(statistics, rows + row, 0));
            TensorStrip dots = new(TensorStatistics.OfRows(statistics, rows + row, 1));
            int endKey = sizes.Start + IntrinsicMath.Min(sizes.Queries, group + THead.Warps * WarpRows);

            float factor = sizes.Scale * Log2E;
            TensorHeadSums<THead> sums = default;
            int at = 0;
            FetchBoth<THead>(shared, at, k, v, keys);
            for (int firstKey = 0; firstKey < endKey; firstKey += THead.TileRows)
            {
                int next = stageWords - at;
                TensorCore.WaitForAll();
                KernelGroup.Barrier(); // the tile is there, and nobody reads the other
                if (firstKey + THead.TileRows < endKey)
                {
                    FetchBoth<THead>(shared, next, k, v, keys + firstKey + THead.TileRows);
                }

                for (int key = 0; key < THead.TileRows; key += TensorStrip.Columns)
                {
                    int keyAt = at + key * TensorHeadTile<THead>.RowWords;
                    TensorStrip weights = tile.Products(queries, keyAt, 0);
                    if (firstKey + key + TensorStrip.Columns - 1 > sizes.Start + first)
                    {
                        weights.CausalMask(sizes.Start + row - firstKey - key - (lane & 3) * 2, -1);
                    }

                    weights.Exp2(factor, logarithms);
                    TensorStrip dScores = tile.Products(upstream, keyAt, TensorHeadTile<THead>.Words);
                    dScores.Differentiate(weights, dots);
                    sums.AddRows(dScores, tile, keyAt, 0);
                }

                at = next;
            }

            sums.Multiply(RowPair.Broadcast(sizes.Scale));
            sums.Write(dq, batch, row, sizes.Queries, head, sizes.HeadSize, lane);
        }
    }

    /// <summary>
    /// dk[j] (+)= sum over i of ds[i, j] q[i] and dv[j] (+)= sum over i of p[i, j] dy[i], over all query heads that share them.
    /// </summary>
    /// <param name="q">In, packed: <see cref="TensorHeadPacking"/>.</param>
    /// <param name="k">In, packed.</param>
    /// <param name="v">In, packed.</param>
    /// <param name="dy">In, packed.</param>
    /// <param name="statistics">In, [B, heads, filled Tq, 2]: <see cref="TensorStatistics"/>.</param>
    /// <param name="dk">In and out, [B, Tk, shared heads].</param>
    /// <param name="dv">In and out, [B, Tk, shared heads]; may be the memory of dk, to which it is then added.</param>
    /// <param name="sizes">The sizes.</param>
    /// <remarks>
    /// Launch: a group of four warps for 64 keys of a shared head; query heads, and of each the tiles of queries that see
    /// them, in their order. Shared memory: as the forward kernel, and keys and values in place: 24 or 48 KB. A key that no query
    /// sees gets zero.
    /// </remarks>
    internal readonly struct BackwardKeyTensorKernel<THead>(
        ArrayView<uint> q, ArrayView<uint> k, ArrayView<uint> v, ArrayView<uint> dy, ArrayView<float> statistics,
        DeviceGradient dk, DeviceGradient dv, AttentionSizes sizes) : IKernel
        where THead : struct, ITensorHead
    {
        public void Run()
        {
            // Both stages of two tiles, the keys, and the values of heads below 128.
            ArrayView<uint> shared = SharedMemory.Allocate<uint>(
                (4 * THead.TileRows + (2 - THead.Size / 128) * THead.Warps * WarpRows) * (THead.Size / 2));
            int stageWords = 2 * TensorHeadTile<THead>.Words;
            int lane = Group.IdxX & (TensorCore.WarpSize - 1);
            TensorHeadTile<THead> tile = new(shared, lane);
            int sharedHeads = sizes.Batch * sizes.KeyValueHeads;
            int batch = Grid.IdxX % sharedHeads / sizes.KeyValueHeads;
            int sharedHead = Grid.IdxX % sizes.KeyValueHeads;
            int group = Grid.IdxX / sharedHeads * THead.Warps * WarpRows;
            int first = group + Group.IdxX / TensorCore.WarpSize * WarpRows;
            int row = first + lane / 4;
            long rows = ((long)batch * sizes.KeyValueHeads + sharedHead) * TensorHeadPacking.Filled(sizes.Keys);
            TensorHeadRows<THead> values = default;
            if (THead.Size == TensorHead128.Size)
            {
                values = new(v, rows + first, lane);
            }

            int toValues = THead.Warps * WarpRows * TensorHeadTile<THead>.RowWords;

            // The tiles of queries that see the group's first key, of one head after the other.
            int filled = TensorHeadPacking.Filled(sizes.Queries);
            int firstQuery = IntrinsicMath.Max(0, group - sizes.Start) / THead.TileRows * THead.TileRows;
            int tiles = IntrinsicMath.Max(0, (sizes.Queries - firstQuery + THead.TileRows - 1) / THead.TileRows);
            int queries = (batch * sizes.QueryHeads + sharedHead * sizes.Group) * filled;
            int query = firstQuery;
            TensorKeyStrip<THead> strip = new(
                tile, values, 2 * stageWords + (first - group) * TensorHeadTile<THead>.RowWords, statistics, lane,
                sizes.Scale * Log2E);
            TensorHeadSums<THead> dKeys = default;
            TensorHeadSums<THead> dValues = default;
            int at = 0;
            if (tiles > 0)
            {
                TensorHeadTile<THead>.Fetch(shared, 2 * stageWords, k, rows + group, THead.Warps * WarpRows);
                if (THead.Size < TensorHead128.Size)
                {
                    TensorHeadTile<THead>.Fetch(shared, 2 * stageWords + toValues, v, rows + group, THead.Warps * WarpRows);
                }

                FetchBoth<THead>(shared, at, q, dy, queries + query);
            }

            for (int left = tiles * sizes.Group; left > 0; left--)
            {
                int next = stageWords - at;
                bool isLastOfHead = query + THead.TileRows >= sizes.Queries;
                int nextQuery = isLastOfHead ? firstQuery : query + THead.TileRows;
                int nextQueries = isLastOfHead ? queries + filled : queries;
                TensorCore.WaitForAll();
                KernelGroup.Barrier(); // the tile is there, and nobody reads the other
                if (left > 1)
                {
                    FetchBoth<THead>(shared, next, q, dy, nextQueries + nextQuery);
                }

                if (THead.TileRows > TensorStrip.Columns)
                {
                    for (int i = 0; i < THead.TileRows; i += TensorStrip.Columns)
                    {
                        strip.Add(
                            ref dKeys, ref dValues, at + i * TensorHeadTile<THead>.RowWords, queries + query + i,
                            sizes.Start + query + i - first);
                    }
                }
                else
                {
                    // No register is left for a loop, be it of one turn.
                    strip.Add(ref dKeys, ref dValues, at, queries + query, sizes.Start + query - first);
                }

                (at, query, queries) = (next, nextQuery, nextQueries);
            }

            dKeys.Multiply(RowPair.Broadcast(sizes.Scale));
            dKeys.Write(dk, batch, row, sizes.Keys, sharedHead, sizes.HeadSize, lane);
            dValues.Write(dv, batch, row, sizes.Keys, sharedHead, sizes.HeadSize, lane);
        }
    }
}
