using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>
/// The forward kernel of CPUs: sixteen queries of a head side by side in the lanes, as on the host. It needs no shared
/// memory and takes heads of any size, so that it also serves where the kernels in tiles do not reach.
/// </content>
public static partial class CausalAttention
{
    // A fixed number of groups share the work, so that what they keep stays small and close; enough for many cores.
    private const int DirectGroups = 64;

    private static void ForwardDirect(
        Tape tape, Heads q, Heads k, Heads v, AttentionSizes sizes, Tensor y, Tensor logSumExp)
    {
        IlgpuDevice gpu = y.Gpu();
        int groups = DirectGroupsFor(sizes.Batch * sizes.QueryHeads, sizes.Queries);
        Tensor scratch = tape.Rent(new Shape(groups, 2, sizes.HeadSize, Group16.Size), Op);
        gpu.Kernel<DeviceHeads, DeviceHeads, DeviceHeads, DeviceHeads, ArrayView<float>, ArrayView<float>, AttentionSizes>(
            ForwardDirectKernel)(
            gpu.Queue, new KernelConfig(groups, Group16.Size), new(q, sizes.HeadSize), new(k, sizes.HeadSize),
            new(v, sizes.HeadSize), new(y, 0, sizes.HeadSize), logSumExp.View(), scratch.View(), sizes);
    }

    private static int DirectGroupsFor(int heads, int positions) =>
        (int)Math.Min(DirectGroups, (long)heads * DirectBlocks(positions));

    /// <summary>Groups of sixteen that cover <paramref name="positions"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int DirectBlocks(int positions) => (positions + Group16.Size - 1) / Group16.Size;

    /// <summary>y[i] = sum over j of p[i, j] v[j], p[i, j] = exp(scale q[i] . k[j] - logSumExp[i]), for each head.</summary>
    /// <param name="q">In, [B, Tq, heads].</param>
    /// <param name="k">In, [B, Tk, shared heads].</param>
    /// <param name="v">In, [B, Tk, shared heads].</param>
    /// <param name="y">Out, [B, Tq, heads].</param>
    /// <param name="logSumExp">Out, [B, heads, Tq]: kept for backward.</param>
    /// <param name="scratch">[groups, 2, head size, 16]: queries and results of a group, transposed.</param>
    /// <param name="sizes">The sizes.</param>
    /// <remarks>
    /// Launch: any number of groups of 16; each takes blocks of 16 queries of a head, a query a thread, the longest first.
    /// Eight keys at a time with a running maximum and sum. Bound by arithmetic. Numerics: the keys are cut at multiples of
    /// eight, so that the bits of a query do not depend on the others of the call. A query behind the last repeats it.
    /// Sources: Milakov and Gimelshein 2018, arXiv:1805.02867. Definition: CausalAttention.Reference.
    /// </remarks>
    private static void ForwardDirectKernel(
        DeviceHeads q, DeviceHeads k, DeviceHeads v, DeviceHeads y, ArrayView<float> logSumExp, ArrayView<float> scratch,
        AttentionSizes sizes)
    {
        int heads = sizes.Batch * sizes.QueryHeads;
        int blocks = DirectBlocks(sizes.Queries);
        long query = (long)Grid.IdxX * 2 * sizes.HeadSize * Group16.Size + Group.IdxX;
        long output = query + (long)sizes.HeadSize * Group16.Size;
        for (int block = Grid.IdxX; block < heads * blocks; block += Grid.DimX)
        {
            int batch = block % heads / sizes.QueryHeads;
            int head = block % sizes.QueryHeads;
            int first = (blocks - 1 - block / heads) * Group16.Size;
            int row = IntrinsicMath.Min(first + Group.IdxX, sizes.Queries - 1);
            int position = sizes.Start + row;
            Transpose(q, q.At(batch, row, head), sizes.Scale, scratch, query, sizes.HeadSize);
            Clear(scratch, output, sizes.HeadSize);

            float maximum = float.NegativeInfinity;
            float sum = 0;
            int lastKey = sizes.Start + IntrinsicMath.Min(sizes.Queries, first + Group16.Size) - 1;
            for (int firstKey = 0; firstKey <= lastKey; firstKey += 8)
            {
                EightRows keys = EightRows.From(k, batch, head / sizes.Group, firstKey, lastKey);
                LaneEight scores = LaneEight.Products(scratch, query, k.Elements, keys, sizes.HeadSize);
                scores.Hide(firstKey, 0, position);
                float greatest = scores.Greatest(maximum);
                float shrink = KernelMath.Exp(maximum - greatest);
                LaneEight weights = scores.Exp(LaneEight.All(greatest));
                sum = sum * shrink + weights.Total();
                maximum = greatest;
                EightRows values = EightRows.From(v, batch, head / sizes.Group, firstKey, lastKey);
                weights.AddRows(scratch, output, shrink, v.Elements, values, sizes.HeadSize);
            }

            if (first + Group.IdxX < sizes.Queries)
            {
                long to = y.At(batch, row, head);
                float factor = 1 / sum;
                for (int c = 0; c < sizes.HeadSize; c++)
                {
                    ArrayView<float> elements = y.Elements;
                    elements[to + c] = scratch[output + c * Group16.Size] * factor;
                }

                logSumExp[((long)batch * sizes.QueryHeads + head) * sizes.Queries + row] =
                    maximum + KernelMath.Log(sum);
            }
        }
    }

    /// <summary>Brings this lane's vector, times a factor, into the lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(
        DeviceHeads source, long from, float factor, ArrayView<float> lanes, long at, int headSize)
    {
        for (int c = 0; c < headSize; c++)
        {
            lanes[at + c * Group16.Size] = source.Elements[from + c] * factor;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Clear(ArrayView<float> lanes, long at, int headSize)
    {
        for (int c = 0; c < headSize; c++)
        {
            lanes[at + c * Group16.Size] = 0;
        }
    }
}
