using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>
/// The backward kernels of CPUs: once with queries in the lanes, for their gradient, and once with keys. Each makes the
/// weights again, so that no two groups write to the same place.
/// </content>
public static partial class CausalAttention
{
    private static void BackwardDirect(
        Tape tape, Heads q, Heads k, Heads v, AttentionSizes sizes, Tensor y, Tensor logSumExp, Tensor dy,
        HeadsGradient dq, HeadsGradient dk, HeadsGradient dv)
    {
        IlgpuDevice gpu = y.Gpu();
        DeviceHeads query = new(q, sizes.HeadSize);
        DeviceHeads key = new(k, sizes.HeadSize);
        DeviceHeads value = new(v, sizes.HeadSize);
        DeviceHeads upstream = new(dy, 0, sizes.HeadSize);
        Tensor rowDot = tape.Rent(logSumExp.Shape, Op);
        gpu.Kernel<DeviceHeads, DeviceHeads, ArrayView<float>, AttentionSizes>(RowDotKernel)(
            gpu.Queue, Launch.Items(gpu, rowDot.Count), new(y, 0, sizes.HeadSize), upstream, rowDot.View(), sizes);
        if (dq.Target is not null)
        {
            int groups = DirectGroupsFor(sizes.Batch * sizes.QueryHeads, sizes.Queries);
            Tensor scratch = tape.Rent(new Shape(groups, 3, sizes.HeadSize, Group16.Size), Op);
            gpu.Kernel<DeviceHeads, DeviceHeads, DeviceHeads, DeviceHeads, ArrayView<float>, ArrayView<float>,
                DeviceGradient, ArrayView<float>, AttentionSizes>(BackwardQueryDirectKernel)(
                gpu.Queue, new KernelConfig(groups, Group16.Size), query, key, value, upstream, logSumExp.View(),
                rowDot.View(), ToDevice(dq, sizes, upstream), scratch.View(), sizes);
        }

        if (dk.Target is not null || dv.Target is not null)
        {
            int groups = DirectGroupsFor(sizes.Batch * sizes.KeyValueHeads, sizes.Keys);
            Tensor scratch = tape.Rent(new Shape(groups, 4, sizes.HeadSize, Group16.Size), Op);
            gpu.Kernel<DeviceHeads, DeviceHeads, DeviceHeads, DeviceHeads, ArrayView<float>, ArrayView<float>,
                DeviceGradient, DeviceGradient, ArrayView<float>, AttentionSizes>(BackwardKeyDirectKernel)(
                gpu.Queue, new KernelConfig(groups, Group16.Size), query, key, value, upstream, logSumExp.View(),
                rowDot.View(), ToDevice(dk, sizes, upstream), ToDevice(dv, sizes, upstream), scratch.View(), sizes);
        }
    }

    private static DeviceGradient ToDevice(HeadsGradient gradient, AttentionSizes sizes, DeviceHeads unused) =>
        gradient.Target is { } target
            ? new DeviceGradient(
                new DeviceHeads(target.Tensor, gradient.FirstColumn, sizes.HeadSize), target.Accumulate)
            : new DeviceGradient(unused);

    /// <summary>rowDot[b, h, i] = y[b, i, h] . dy[b, i, h]: what a softmax takes off every gradient of a weight.</summary>
    /// <param name="y">In, [B, Tq, heads].</param>
    /// <param name="dy">In, [B, Tq, heads].</param>
    /// <param name="rowDot">Out, [B, heads, Tq].</param>
    /// <param name="sizes">The sizes.</param>
    /// <remarks>Launch: one thread a row of a head, any group size. Bound by bandwidth.</remarks>
    private static void RowDotKernel(DeviceHeads y, DeviceHeads dy, ArrayView<float> rowDot, AttentionSizes sizes)
    {
        int item = Grid.GlobalIndex.X;
        if (item < rowDot.IntLength)
        {
            // Neighbouring threads have neighbouring heads of a position.
            int head = item % sizes.QueryHeads;
            int row = item / sizes.QueryHeads % sizes.Queries;
            int batch = item / sizes.QueryHeads / sizes.Queries;
            long at = y.At(batch, row, head);
            float sum = 0;
            for (int c = 0; c < sizes.HeadSize; c++)
            {
                sum = KernelMath.FusedMultiplyAdd(y.Elements[at + c], dy.Elements[at + c], sum);
            }

            rowDot[((long)batch * sizes.QueryHeads + head) * sizes.Queries + row] = sum;
        }
    }

    /// <summary>dq[i] (+)= sum over j of ds[i, j] k[j], for each head.</summary>
    /// <param name="q">In, [B, Tq, heads].</param>
    /// <param name="k">In, [B, Tk, shared heads].</param>
    /// <param name="v">In, [B, Tk, shared heads].</param>
    /// <param name="dy">In, [B, Tq, heads].</param>
    /// <param name="logSumExp">In, [B, heads, Tq], from the forward kernel.</param>
    /// <param name="rowDot">In, [B, heads, Tq].</param>
    /// <param name="dq">In and out, [B, Tq, heads].</param>
    /// <param name="scratch">[groups, 3, head size, 16]: queries, their upstream gradients and their gradients.</param>
    /// <param name="sizes">The sizes.</param>
    /// <remarks>Launch, bounds and numerics: as the forward kernel. ds: CausalAttention.Gradient.cs.</remarks>
    private static void BackwardQueryDirectKernel(
        DeviceHeads q, DeviceHeads k, DeviceHeads v, DeviceHeads dy, ArrayView<float> logSumExp, ArrayView<float> rowDot,
        DeviceGradient dq, ArrayView<float> scratch, AttentionSizes sizes)
    {
        int heads = sizes.Batch * sizes.QueryHeads;
        int blocks = DirectBlocks(sizes.Queries);
        long part = (long)sizes.HeadSize * Group16.Size;
        long query = Grid.IdxX * 3 * part + Group.IdxX;
        long upstream = query + part;
        long gradient = upstream + part;
        for (int block = Grid.IdxX; block < heads * blocks; block += Grid.DimX)
        {
            int batch = block % heads / sizes.QueryHeads;
            int head = block % sizes.QueryHeads;
            int first = (blocks - 1 - block / heads) * Group16.Size;
            int row = IntrinsicMath.Min(first + Group.IdxX, sizes.Queries - 1);
            int position = sizes.Start + row;
            Transpose(q, q.At(batch, row, head), sizes.Scale, scratch, query, sizes.HeadSize);
            Transpose(dy, dy.At(batch, row, head), 1, scratch, upstream, sizes.HeadSize);
            Clear(scratch, gradient, sizes.HeadSize);

            long statistics = ((long)batch * sizes.QueryHeads + head) * sizes.Queries + row;
            LaneEight logSum = LaneEight.All(logSumExp[statistics]);
            LaneEight dot = LaneEight.All(rowDot[statistics]);
            int lastKey = sizes.Start + IntrinsicMath.Min(sizes.Queries, first + Group16.Size) - 1;
            for (int firstKey = 0; firstKey <= lastKey; firstKey += 8)
            {
                EightRows keys = EightRows.From(k, batch, head / sizes.Group, firstKey, lastKey);
                EightRows values = EightRows.From(v, batch, head / sizes.Group, firstKey, lastKey);
                LaneEight scores = LaneEight.Products(scratch, query, k.Elements, keys, sizes.HeadSize);
                LaneEight dWeights = LaneEight.Products(scratch, upstream, v.Elements, values, sizes.HeadSize);
                scores.Hide(firstKey, 0, position);
                LaneEight dScores = scores.Exp(logSum).Differentiate(dWeights, dot, sizes.Scale);
                dScores.AddRows(scratch, gradient, 1, k.Elements, keys, sizes.HeadSize);
            }

            if (first + Group.IdxX < sizes.Queries)
            {
                for (int c = 0; c < sizes.HeadSize; c++)
                {
                    dq.Write(batch, row, head, c, scratch[gradient + c * Group16.Size]);
                }
            }
        }
    }

    /// <summary>dk[j] (+)= sum over i of ds[i, j] q[i] and dv[j] (+)= sum over i of p[i, j] dy[i], over all heads that share.</summary>
    /// <param name="q">In, [B, Tq, heads].</param>
    /// <param name="k">In, [B, Tk, shared heads].</param>
    /// <param name="v">In, [B, Tk, shared heads].</param>
    /// <param name="dy">In, [B, Tq, heads].</param>
    /// <param name="logSumExp">In, [B, heads, Tq], from the forward kernel.</param>
    /// <param name="rowDot">In, [B, heads, Tq].</param>
    /// <param name="dk">In and out, [B, Tk, shared heads].</param>
    /// <param name="dv">In and out, [B, Tk, shared heads]; may be the memory of dk, to which it is then added.</param>
    /// <param name="scratch">[groups, 4, head size, 16]: keys, values and their gradients.</param>
    /// <param name="sizes">The sizes.</param>
    /// <remarks>
    /// Launch: any number of groups of 16; each takes blocks of 16 keys of a shared head, a key a thread. Eight queries at a
    /// time, head by head. Bound by arithmetic. A key that no query sees gets zero.
    /// </remarks>
    private static void BackwardKeyDirectKernel(
        DeviceHeads q, DeviceHeads k, DeviceHeads v, DeviceHeads dy, ArrayView<float> logSumExp, ArrayView<float> rowDot,
        DeviceGradient dk, DeviceGradient dv, ArrayView<float> scratch, AttentionSizes sizes)
    {
        int sharedHeads = sizes.Batch * sizes.KeyValueHeads;
        int lastQuery = sizes.Queries - 1;
        long part = (long)sizes.HeadSize * Group16.Size;
        long key = Grid.IdxX * 4 * part + Group.IdxX;
        long value = key + part;
        long dKey = value + part;
        long dValue = dKey + part;
        for (int block = Grid.IdxX; block < sharedHeads * DirectBlocks(sizes.Keys); block += Grid.DimX)
        {
            int batch = block % sharedHeads / sizes.KeyValueHeads;
            int sharedHead = block % sizes.KeyValueHeads;
            int first = block / sharedHeads * Group16.Size;
            int row = IntrinsicMath.Min(first + Group.IdxX, sizes.Keys - 1);
            Transpose(k, k.At(batch, row, sharedHead), sizes.Scale, scratch, key, sizes.HeadSize);
            Transpose(v, v.At(batch, row, sharedHead), 1, scratch, value, sizes.HeadSize);
            Clear(scratch, dKey, sizes.HeadSize);
            Clear(scratch, dValue, sizes.HeadSize);

            // Heads and, of each, the queries from the first on that sees a key of this block.
            int firstHead = sharedHead * sizes.Group;
            for (int head = firstHead; head < firstHead + sizes.Group; head++)
            {
                long statistics = ((long)batch * sizes.QueryHeads + head) * sizes.Queries;
                for (int query = IntrinsicMath.Max(0, first - sizes.Start); query <= lastQuery; query += 8)
                {
                    EightRows queries = EightRows.From(q, batch, head, query, lastQuery);
                    EightRows upstream = EightRows.From(dy, batch, head, query, lastQuery);
                    LaneEight scores = LaneEight.Products(scratch, key, q.Elements, queries, sizes.HeadSize);
                    LaneEight dWeights = LaneEight.Products(scratch, value, dy.Elements, upstream, sizes.HeadSize);
                    scores.Hide(query, row - sizes.Start, lastQuery);
                    LaneEight weights = scores.Exp(LaneEight.From(logSumExp, statistics, query, lastQuery));
                    LaneEight dScores = weights.Differentiate(
                        dWeights, LaneEight.From(rowDot, statistics, query, lastQuery), sizes.Scale);
                    weights.AddRows(scratch, dValue, 1, dy.Elements, upstream, sizes.HeadSize);
                    dScores.AddRows(scratch, dKey, 1, q.Elements, queries, sizes.HeadSize);
                }
            }

            if (first + Group.IdxX < sizes.Keys)
            {
                for (int c = 0; c < sizes.HeadSize; c++)
                {
                    dk.Write(batch, row, sharedHead, c, scratch[dKey + c * Group16.Size]);
                    dv.Write(batch, row, sharedHead, c, scratch[dValue + c * Group16.Size]);
                }
            }
        }
    }
}
