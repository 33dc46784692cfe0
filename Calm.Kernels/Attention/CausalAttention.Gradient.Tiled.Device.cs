using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>
/// The backward kernels of GPUs: once with a tile of queries a group, for their gradient, and once with a tile of keys.
/// Each makes the weights again, so that no two groups write to the same place.
/// </content>
public static partial class CausalAttention
{
    private readonly partial struct Backward
    {
        public void RunTiled<TGrid>(IlgpuDevice gpu) where TGrid : struct, IThreadGrid
        {
            BackwardOperands operands = PrepareOperands(gpu);
            if (WantsQueries)
            {
                gpu.Launch(
                    AttentionGroup<TGrid>.Launch(sizes.Queries, AllQueryHeads, sizes.HeadSize),
                    new BackwardQueryTiledKernel<TGrid>(operands, ToDevice(dq)));
            }

            if (WantsKeys)
            {
                gpu.Launch(
                    AttentionGroup<TGrid>.Launch(sizes.Keys, AllKeyHeads, sizes.HeadSize),
                    new BackwardKeyTiledKernel<TGrid>(operands, ToDevice(dk), ToDevice(dv)));
            }
        }
    }

    /// <summary>dq[i] (+)= sum over j of ds[i, j] k[j], for each head.</summary>
    /// <param name="x">Inputs.</param>
    /// <param name="dq">In and out, [B, Tq, heads].</param>
    /// <remarks>Launch, memory and bounds: as the forward kernel. ds: CausalAttention.Gradient.cs.</remarks>
    internal readonly struct BackwardQueryTiledKernel<TGrid>(BackwardOperands x, DeviceGradient dq) : IKernel
        where TGrid : struct, IThreadGrid
    {
        public void Run()
        {
            AttentionSizes sizes = x.Sizes;
            ArrayView<float> operands = SharedMemory.Allocate<float>(AttentionGroup<TGrid>.OperandFloats);
            ArrayView<float> shared = SharedMemory.Allocate<float>(AttentionGroup<TGrid>.WeightFloats);
            AttentionGroup<TGrid> group = new(operands, shared, sizes.HeadSize);
            int heads = sizes.Batch * sizes.QueryHeads;
            int batch = Grid.IdxX % heads / sizes.QueryHeads;
            int head = Grid.IdxX % sizes.QueryHeads;
            int first = (AttentionGroup<TGrid>.TilesOf(sizes.Queries) - 1 - Grid.IdxX / heads) * AttentionGroup<TGrid>.TileRows;
            int count = IntrinsicMath.Min(sizes.Queries - first, AttentionGroup<TGrid>.TileRows);
            int row = first + AttentionGroup<TGrid>.Row;
            long queries = x.Q.At(batch, first, head);
            long upstream = x.Dy.At(batch, first, head);
            long statistics = ((long)batch * sizes.QueryHeads + head) * sizes.Queries;
            Lanes4 logSum = QuadTile.Gather(x.LogSumExp, statistics, row, sizes.Queries - 1);
            Lanes4 dot = QuadTile.Gather(x.RowDot, statistics, row, sizes.Queries - 1);

            QuadTile low = default;
            QuadTile high = default;
            int endKey = sizes.Start + first + count;
            for (int firstKey = 0; firstKey < endKey; firstKey += AttentionGroup<TGrid>.TileColumns)
            {
                int keys = IntrinsicMath.Min(endKey - firstKey, AttentionGroup<TGrid>.TileColumns);
                long keyRows = x.K.At(batch, firstKey, head / sizes.Group);
                QuadTile scores = group.Scores(x.Q, queries, count, x.K, keyRows, keys);
                QuadTile dWeights = group.Scores(
                    x.Dy, upstream, count, x.V, x.V.At(batch, firstKey, head / sizes.Group), keys);
                scores.CausalMask(firstKey + AttentionGroup<TGrid>.Column, sizes.Start + row);
                QuadTile weights = scores.ExpByRow(sizes.Scale, logSum);
                group.StoreWeights(weights.DifferentiateByRow(dWeights, sizes.Scale, dot));
                group.AddRows(ref low, ref high, x.K, keyRows, keys);
            }

            Write<TGrid>(low, high, dq, batch, first, count, head, sizes.HeadSize);
        }
    }

    /// <summary>
    /// dk[j] (+)= sum over i of ds[i, j] q[i] and dv[j] (+)= sum over i of p[i, j] dy[i], over all query heads that share them.
    /// </summary>
    /// <param name="x">Inputs.</param>
    /// <param name="dk">In and out, [B, Tk, shared heads].</param>
    /// <param name="dv">In and out, [B, Tk, shared heads]; may be the memory of dk, to which it is then added.</param>
    /// <remarks>
    /// Launch: a group of TGrid a tile of keys of a shared head; query heads, and of each the queries that see the tile, in
    /// their order. Memory and bounds: as the forward kernel. A key that no query sees gets zero.
    /// </remarks>
    internal readonly struct BackwardKeyTiledKernel<TGrid>(BackwardOperands x, DeviceGradient dk, DeviceGradient dv)
        : IKernel
        where TGrid : struct, IThreadGrid
    {
        public void Run()
        {
            AttentionSizes sizes = x.Sizes;
            ArrayView<float> operands = SharedMemory.Allocate<float>(AttentionGroup<TGrid>.OperandFloats);
            ArrayView<float> shared = SharedMemory.Allocate<float>(AttentionGroup<TGrid>.WeightFloats);
            AttentionGroup<TGrid> group = new(operands, shared, sizes.HeadSize);
            int sharedHeads = sizes.Batch * sizes.KeyValueHeads;
            int batch = Grid.IdxX % sharedHeads / sizes.KeyValueHeads;
            int sharedHead = Grid.IdxX % sizes.KeyValueHeads;
            int first = Grid.IdxX / sharedHeads * AttentionGroup<TGrid>.TileRows;
            int count = IntrinsicMath.Min(sizes.Keys - first, AttentionGroup<TGrid>.TileRows);
            long keys = x.K.At(batch, first, sharedHead);
            long values = x.V.At(batch, first, sharedHead);

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
                    long queryRows = x.Q.At(batch, firstQuery, head);
                    long upstream = x.Dy.At(batch, firstQuery, head);
                    QuadTile scores = group.Scores(x.K, keys, count, x.Q, queryRows, queries);
                    QuadTile dWeights = group.Scores(x.V, values, count, x.Dy, upstream, queries);
                    scores.CausalMaskTransposed(first + AttentionGroup<TGrid>.Row, sizes.Start + column, sizes.Queries - column);
                    QuadTile weights = scores.ExpByColumn(
                        sizes.Scale, QuadTile.Gather(x.LogSumExp, statistics, column, sizes.Queries - 1));
                    group.StoreWeights(weights);
                    group.AddRows(ref valueLow, ref valueHigh, x.Dy, upstream, queries);
                    KernelGroup.Barrier(); // all have read the weights
                    group.StoreWeights(weights.DifferentiateByColumn(
                        dWeights, sizes.Scale, QuadTile.Gather(x.RowDot, statistics, column, sizes.Queries - 1)));
                    group.AddRows(ref keyLow, ref keyHigh, x.Q, queryRows, queries);
                }
            }

            Write<TGrid>(keyLow, keyHigh, dk, batch, first, count, sharedHead, sizes.HeadSize);
            Write<TGrid>(valueLow, valueHigh, dv, batch, first, count, sharedHead, sizes.HeadSize);
        }
    }
}
