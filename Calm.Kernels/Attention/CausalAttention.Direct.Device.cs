using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>
/// The forward kernel of CPUs: a work item has sixteen queries of a head side by side in the lanes, as on the host. It
/// needs no shared memory and takes heads of any size.
/// </content>
public static partial class CausalAttention
{
    // A fixed number of work items share the work, so that what they keep stays small and close; enough for many cores.
    private const int UsualItems = 64;

    private static readonly Choice ForwardItems = new(ChoiceKinds.AttentionItems, "forward");
    private static readonly Choice QueryItems = new(ChoiceKinds.AttentionItems, "backward, queries");
    private static readonly Choice KeyItems = new(ChoiceKinds.AttentionItems, "backward, keys");

    private static int DirectItemsFor(IlgpuDevice gpu, Choice choice, int heads, int positions, int headSize)
    {
        long most = (long)heads * LaneBlocks(positions);
        return (int)Math.Min(Tuning.Of(gpu).Choose(choice, SizeClass.Of(heads, positions, headSize), UsualItems), most);
    }

    /// <summary>Blocks of sixteen that cover <paramref name="positions"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int LaneBlocks(int positions) => (positions + LaneTile.Lanes - 1) / LaneTile.Lanes;

    /// <summary>y[i] = sum over j of p[i, j] v[j], p[i, j] = exp(scale q[i] . k[j] - logSumExp[i]), for each head.</summary>
    /// <param name="q">In, [B, Tq, heads].</param>
    /// <param name="k">In, [B, Tk, shared heads].</param>
    /// <param name="v">In, [B, Tk, shared heads].</param>
    /// <param name="y">Out, [B, Tq, heads].</param>
    /// <param name="logSumExp">Out, [B, heads, Tq]: kept for backward.</param>
    /// <param name="scratch">Memory of the work items: a tile of scores, queries and results, transposed.</param>
    /// <param name="sizes">The sizes.</param>
    /// <remarks>
    /// Launch: any number of groups of one; a work item takes blocks of 16 queries of a head, the longest first, and 64 keys
    /// at a time with a running maximum and sum. Bound by arithmetic. Numerics: keys are cut at multiples of 64, so that the
    /// bits of a query do not depend on the others of the call. A query behind the last repeats it.
    /// Sources: Milakov and Gimelshein 2018, arXiv:1805.02867. Definition: CausalAttention.Reference.
    /// </remarks>
    internal readonly struct ForwardDirectKernel(
        DeviceHeads q, DeviceHeads k, DeviceHeads v, DeviceHeads y, ArrayView<float> logSumExp, ArrayView<float> scratch,
        AttentionSizes sizes) : IKernel
    {
        public void Run()
        {
            LaneScratch lanes = new(scratch, Grid.IdxX, tiles: 1, vectors: 2, sizes.HeadSize);
            (long maximum, long sum, long shrink) = (lanes.Statistic(0), lanes.Statistic(1), lanes.Statistic(2));
            (long weights, long query, long output) = (lanes.Tile(0), lanes.Vector(0), lanes.Vector(1));
            int heads = sizes.Batch * sizes.QueryHeads;
            int blocks = LaneBlocks(sizes.Queries);
            for (int block = Grid.IdxX; block < heads * blocks; block += Grid.DimX)
            {
                int batch = block % heads / sizes.QueryHeads;
                int head = block % sizes.QueryHeads;
                int first = (blocks - 1 - block / heads) * LaneTile.Lanes;
                int end = IntrinsicMath.Min(sizes.Queries, first + LaneTile.Lanes);
                lanes.Transpose(query, q, batch, head, first, end - 1, sizes.Scale);
                lanes.Fill(output, sizes.HeadSize, 0);
                lanes.Fill(maximum, 1, float.NegativeInfinity);
                lanes.Fill(sum, 1, 0);
                for (int firstKey = 0; firstKey < sizes.Start + end; firstKey += LaneScratch.TileRows)
                {
                    int keys = IntrinsicMath.Min(LaneScratch.TileRows, sizes.Start + end - firstKey);
                    lanes.Scores(weights, k, k.At(batch, firstKey, head / sizes.Group), keys, query);
                    lanes.CausalMask(weights, keys, sizes.Start + first - firstKey);
                    lanes.Copy(shrink, maximum);
                    lanes.Maximum(maximum, weights, keys);
                    lanes.Subtract(shrink, 1, maximum);
                    lanes.Subtract(weights, keys, maximum);
                    lanes.Exp(shrink, 1);
                    lanes.Exp(weights, keys);
                    lanes.Multiply(sum, 1, shrink);
                    lanes.Sum(sum, weights, keys);
                    lanes.Multiply(output, sizes.HeadSize, shrink);
                    lanes.AddRows(output, v, v.At(batch, firstKey, head / sizes.Group), keys, weights);
                }

                for (int row = first; row < end; row++)
                {
                    logSumExp[((long)batch * sizes.QueryHeads + head) * sizes.Queries + row] =
                        lanes.At(maximum + row - first) + KernelMath.Log(lanes.At(sum + row - first));
                }

                lanes.Invert(sum);
                lanes.Multiply(output, sizes.HeadSize, sum);
                lanes.Write(output, new DeviceGradient(y, accumulate: false), batch, head, first, end);
            }
        }
    }
}
