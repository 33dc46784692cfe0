using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>
/// The backward kernels of CPUs: once with queries in the lanes, for their gradient, and once with keys. Each makes the
/// weights again, so that no two groups write to the same place.
/// </content>
public static partial class CausalAttention
{
    private readonly partial struct Backward
    {
        private void RunDirect(IlgpuDevice gpu)
        {
            BackwardOperands operands = PrepareOperands(gpu);
            if (WantsQueries)
            {
                int items = DirectItemsFor(gpu, QueryItems, AllQueryHeads, sizes.Queries, sizes.HeadSize);
                gpu.Launch(
                    new KernelConfig(items, 1),
                    new BackwardQueryDirectKernel(operands, ToDevice(dq), RentScratch(items, vectors: 3)));
            }

            if (WantsKeys)
            {
                int items = DirectItemsFor(gpu, KeyItems, AllKeyHeads, sizes.Keys, sizes.HeadSize);
                gpu.Launch(
                    new KernelConfig(items, 1),
                    new BackwardKeyDirectKernel(operands, ToDevice(dk), ToDevice(dv), RentScratch(items, vectors: 4)));
            }
        }

        private ArrayView<float> RentScratch(int items, int vectors) =>
            tape.Rent(new Shape(items, LaneScratch.Floats(tiles: 2, vectors, sizes.HeadSize)), Op).View();
    }

    /// <summary>dq[i] (+)= sum over j of ds[i, j] k[j], for each head.</summary>
    /// <param name="x">Inputs.</param>
    /// <param name="dq">In and out, [B, Tq, heads].</param>
    /// <param name="scratch">Memory of the work items: two tiles of scores; queries, their upstream gradients, gradients.</param>
    /// <remarks>Launch, bounds and numerics: as the forward kernel. ds: CausalAttention.Gradient.cs.</remarks>
    internal readonly struct BackwardQueryDirectKernel(
        BackwardOperands x, DeviceGradient dq, ArrayView<float> scratch) : IKernel
    {
        public void Run()
        {
            AttentionSizes sizes = x.Sizes;
            LaneScratch lanes = new(scratch, Grid.IdxX, tiles: 2, vectors: 3, sizes.HeadSize);
            (long logSum, long dot) = (lanes.Statistic(0), lanes.Statistic(1));
            (long weights, long gradients) = (lanes.Tile(0), lanes.Tile(1));
            (long query, long upstream, long dQuery) = (lanes.Vector(0), lanes.Vector(1), lanes.Vector(2));
            int heads = sizes.Batch * sizes.QueryHeads;
            int blocks = LaneBlocks(sizes.Queries);
            for (int block = Grid.IdxX; block < heads * blocks; block += Grid.DimX)
            {
                int batch = block % heads / sizes.QueryHeads;
                int head = block % sizes.QueryHeads;
                int first = (blocks - 1 - block / heads) * LaneTile.Lanes;
                int end = IntrinsicMath.Min(sizes.Queries, first + LaneTile.Lanes);
                long statistics = ((long)batch * sizes.QueryHeads + head) * sizes.Queries;
                lanes.Transpose(query, x.Q, batch, head, first, end - 1, sizes.Scale);
                lanes.Transpose(upstream, x.Dy, batch, head, first, end - 1, 1);
                lanes.Gather(logSum, x.LogSumExp, statistics, first, end - 1);
                lanes.Gather(dot, x.RowDot, statistics, first, end - 1);
                lanes.Fill(dQuery, sizes.HeadSize, 0);
                for (int firstKey = 0; firstKey < sizes.Start + end; firstKey += LaneScratch.TileRows)
                {
                    int keys = IntrinsicMath.Min(LaneScratch.TileRows, sizes.Start + end - firstKey);
                    long keyRows = x.K.At(batch, firstKey, head / sizes.Group);
                    lanes.Scores(weights, x.K, keyRows, keys, query);
                    lanes.Scores(gradients, x.V, x.V.At(batch, firstKey, head / sizes.Group), keys, upstream);
                    lanes.CausalMask(weights, keys, sizes.Start + first - firstKey);
                    lanes.Subtract(weights, keys, logSum);
                    lanes.Subtract(gradients, keys, dot);
                    lanes.Exp(weights, keys);
                    lanes.Differentiate(gradients, weights, keys, sizes.Scale);
                    lanes.AddRows(dQuery, x.K, keyRows, keys, gradients);
                }

                lanes.Write(dQuery, dq, batch, head, first, end);
            }
        }
    }

    /// <summary>
    /// dk[j] (+)= sum over i of ds[i, j] q[i] and dv[j] (+)= sum over i of p[i, j] dy[i], over all query heads that share them.
    /// </summary>
    /// <param name="x">Inputs.</param>
    /// <param name="dk">In and out, [B, Tk, shared heads].</param>
    /// <param name="dv">In and out, [B, Tk, shared heads]; may be the memory of dk, to which it is then added.</param>
    /// <param name="scratch">Memory of the work items: two tiles of scores; keys, values and their gradients.</param>
    /// <remarks>
    /// Launch: any number of groups of one; a work item takes blocks of 16 keys of a shared head and 64 queries at a time,
    /// head by head. Bound by arithmetic. A key that no query sees gets zero.
    /// </remarks>
    internal readonly struct BackwardKeyDirectKernel(
        BackwardOperands x, DeviceGradient dk, DeviceGradient dv, ArrayView<float> scratch) : IKernel
    {
        public void Run()
        {
            AttentionSizes sizes = x.Sizes;
            LaneScratch lanes = new(scratch, Grid.IdxX, tiles: 2, vectors: 4, sizes.HeadSize);
            (long weights, long gradients) = (lanes.Tile(0), lanes.Tile(1));
            (long key, long value, long dKey, long dValue) = (lanes.Vector(0), lanes.Vector(1), lanes.Vector(2), lanes.Vector(3));
            int sharedHeads = sizes.Batch * sizes.KeyValueHeads;
            for (int block = Grid.IdxX; block < sharedHeads * LaneBlocks(sizes.Keys); block += Grid.DimX)
            {
                int batch = block % sharedHeads / sizes.KeyValueHeads;
                int sharedHead = block % sizes.KeyValueHeads;
                int first = block / sharedHeads * LaneTile.Lanes;
                int end = IntrinsicMath.Min(sizes.Keys, first + LaneTile.Lanes);
                lanes.Transpose(key, x.K, batch, sharedHead, first, end - 1, sizes.Scale);
                lanes.Transpose(value, x.V, batch, sharedHead, first, end - 1, 1);
                lanes.Fill(dKey, sizes.HeadSize, 0);
                lanes.Fill(dValue, sizes.HeadSize, 0);

                // Heads and, of each, the queries from the first on that sees a key of this block.
                int firstHead = sharedHead * sizes.Group;
                for (int head = firstHead; head < firstHead + sizes.Group; head++)
                {
                    long statistics = ((long)batch * sizes.QueryHeads + head) * sizes.Queries;
                    int query = IntrinsicMath.Max(0, first - sizes.Start);
                    for (; query < sizes.Queries; query += LaneScratch.TileRows)
                    {
                        int queries = IntrinsicMath.Min(LaneScratch.TileRows, sizes.Queries - query);
                        long queryRows = x.Q.At(batch, query, head);
                        long upstream = x.Dy.At(batch, query, head);
                        lanes.Scores(weights, x.Q, queryRows, queries, key);
                        lanes.Scores(gradients, x.Dy, upstream, queries, value);
                        lanes.CausalMaskTransposed(weights, queries, sizes.Start + query - first);
                        lanes.SubtractFromRows(weights, queries, x.LogSumExp, statistics + query);
                        lanes.SubtractFromRows(gradients, queries, x.RowDot, statistics + query);
                        lanes.Exp(weights, queries);
                        lanes.Differentiate(gradients, weights, queries, sizes.Scale);
                        lanes.AddRows(dValue, x.Dy, upstream, queries, weights);
                        lanes.AddRows(dKey, x.Q, queryRows, queries, gradients);
                    }
                }

                lanes.Write(dKey, dk, batch, sharedHead, first, end);
                lanes.Write(dValue, dv, batch, sharedHead, first, end);
            }
        }
    }
}
