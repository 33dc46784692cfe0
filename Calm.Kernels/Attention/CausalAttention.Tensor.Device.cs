using System.Runtime.CompilerServices;
using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <content>
/// The forward kernel on tensor cores: a warp has sixteen queries of a head in registers, and the keys and values pass by in
/// shared memory. Scores, weights and sums never leave registers: two tiles of sums of one product lie in the threads as one
/// tile of operands of the next.
/// </content>
public static partial class CausalAttention
{
    // With fewer, most of a tile would be empty.
    private const int MostQueriesOffTensorCores = 16;
    private const int WarpRows = TensorHead.WarpRows;
    private const float Log2E = 1.44269504f;

    /// <summary>Whether the device computes these sizes on tensor cores.</summary>
    private static bool UsesTensorCores(Device device, AttentionSizes sizes) =>
        device is IlgpuDevice { Precision: Precision.BFloat16, HasTensorCores: true } && sizes.HeadSize <= TensorHead128.Size
        && sizes.Queries > MostQueriesOffTensorCores;

    /// <summary>Starts copying a tile of two operands, one behind the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FetchBoth<THead>(
        ArrayView<uint> shared, int at, ArrayView<uint> left, ArrayView<uint> right, long row)
        where THead : struct, ITensorHead
    {
        TensorHeadTile<THead>.Fetch(shared, at, left, row, THead.TileRows);
        TensorHeadTile<THead>.Fetch(shared, at + TensorHeadTile<THead>.Words, right, row, THead.TileRows);
        TensorCore.CommitCopies();
    }

    /// <summary>y[i] = sum over j of p[i, j] v[j], p[i, j] = exp(scale q[i] . k[j] - logSumExp[i]), for each head.</summary>
    /// <param name="q">In, packed: <see cref="TensorHeadPacking"/>.</param>
    /// <param name="k">In, packed.</param>
    /// <param name="v">In, packed.</param>
    /// <param name="y">Out, [B, Tq, heads].</param>
    /// <param name="logSumExp">Out, [B, heads, Tq]: kept for backward.</param>
    /// <param name="sizes">The sizes.</param>
    /// <remarks>
    /// Launch: a group of four warps for 64 queries of a head, those that see most keys first. Shared memory: 16 or 32 KB, two
    /// stages of a tile of keys and values. Bound by tensor cores and exponentials.
    /// Numerics: products of bfloat16 are exact, sums float32; weights are rounded to bfloat16 for the second product, but not
    /// for their sum. The order of sums depends on a query's position alone.
    /// Sources: Dao 2023, arXiv:2307.08691; mma.sync.m16n8k16 of the PTX ISA. Definition: CausalAttention.Reference.
    /// </remarks>
    internal readonly struct ForwardTensorKernel<THead>(
        ArrayView<uint> q, ArrayView<uint> k, ArrayView<uint> v, DeviceHeads y, ArrayView<float> logSumExp,
        AttentionSizes sizes) : IKernel
        where THead : struct, ITensorHead
    {
        public void Run()
        {
            ArrayView<uint> shared = SharedMemory.Allocate<uint>(4 * THead.TileRows * (THead.Size / 2));
            const int strip = TensorStrip.Columns;
            int stripWords = strip * TensorHeadTile<THead>.RowWords;
            int stageWords = 2 * TensorHeadTile<THead>.Words;
            int lane = Group.IdxX & (TensorCore.WarpSize - 1);
            TensorHeadTile<THead> tile = new(shared, lane);
            int heads = sizes.Batch * sizes.QueryHeads;
            int batch = Grid.IdxX % heads / sizes.QueryHeads;
            int head = Grid.IdxX % sizes.QueryHeads;
            int group = (TensorHeadTile<THead>.GroupsOf(sizes.Queries) - 1 - Grid.IdxX / heads) * THead.Warps * WarpRows;
            int first = group + Group.IdxX / TensorCore.WarpSize * WarpRows;
            int row = first + lane / 4;
            TensorHeadRows<THead> queries = new(
                q, ((long)batch * sizes.QueryHeads + head) * TensorHeadPacking.Filled(sizes.Queries) + first, lane);
            long keys = ((long)batch * sizes.KeyValueHeads + head / sizes.Group) * TensorHeadPacking.Filled(sizes.Keys);
            int endKey = sizes.Start + IntrinsicMath.Min(sizes.Queries, group + THead.Warps * WarpRows);

            float factor = sizes.Scale * Log2E;
            RowPair maximum = RowPair.Broadcast(float.NegativeInfinity);
            RowPair sum = default;
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

                TensorStrip low = tile.Products(queries, at, 0);
                TensorStrip high = default;
                if (THead.TileRows > strip)
                {
                    high = tile.Products(queries, at, stripWords);
                }

                if (firstKey + THead.TileRows - 1 > sizes.Start + first)
                {
                    int distance = sizes.Start + row - firstKey - (lane & 3) * 2;
                    low.CausalMask(distance, -1);
                    high.CausalMask(distance - strip, -1);
                }

                RowPair greatest = low.Max(maximum);
                greatest = THead.TileRows > strip ? high.Max(greatest) : greatest;
                greatest = greatest.MaxOfQuad();
                RowPair shrink = RowPair.Exp2((maximum - greatest) * RowPair.Broadcast(factor));
                TensorStrip shifts = new(greatest * RowPair.Broadcast(factor));
                maximum = greatest;
                sums.Multiply(shrink);
                low.Exp2(factor, shifts);
                sum = sum * shrink + low.Sum;
                sums.AddRows(low, tile, at, TensorHeadTile<THead>.Words);
                if (THead.TileRows > strip)
                {
                    high.Exp2(factor, shifts);
                    sum += high.Sum;
                    sums.AddRows(high, tile, at, TensorHeadTile<THead>.Words + stripWords);
                }

                at = next;
            }

            RowPair total = sum.SumOfQuad();
            sums.Multiply(RowPair.Broadcast(1) / total);
            sums.Write(new DeviceGradient(y, accumulate: false), batch, row, sizes.Queries, head, sizes.HeadSize, lane);
            long statistics = ((long)batch * sizes.QueryHeads + head) * sizes.Queries + row;
            bool writes = (lane & 3) == 0;
            StoreIf(
                writes & row < sizes.Queries, logSumExp, statistics, maximum.Upper * sizes.Scale + KernelMath.Log(total.Upper));
            StoreIf(
                writes & row + 8 < sizes.Queries, logSumExp, statistics + 8,
                maximum.Lower * sizes.Scale + KernelMath.Log(total.Lower));
        }
    }
}
