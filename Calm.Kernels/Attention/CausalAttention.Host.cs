using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// The host's forward loop. Scores are kept with the queries of a tile side by side in the lanes: the softmax then runs
/// down the keys without a sum across lanes, and its weights are packed as the product with the values wants them.
/// </content>
public static unsafe partial class CausalAttention
{
    // Keys and values are packed once for so many tiles of queries.
    private const int TilesPerChunk = 4;
    private const int QueriesPerChunk = TilesPerChunk * AttentionTile.Queries;

    private readonly partial struct Forward
    {
        public void Run(HostDevice host)
        {
            HostHeads query = new(q, sizes.HeadSize);
            HostHeads key = new(k, sizes.HeadSize);
            HostHeads value = new(v, sizes.HeadSize);
            HostHeads result = new(y, 0, sizes.HeadSize);
            if (sizes.Queries <= MostForFewQueries)
            {
                long floats = FewQueriesScratch.Floats(sizes);
                host.Team.Run(
                    sizes.Batch * sizes.KeyValueHeads,
                    new FewQueriesJob(
                        sizes, query, key, value, result, logSumExp.Pointer, host.Workspace(host.Team.Threads * floats)));
            }
            else
            {
                long floats = ForwardScratch.Floats(sizes.HeadSize);
                ForwardJob job = new(
                    sizes, query, key, value, result, logSumExp.Pointer, host.Workspace(host.Team.Threads * floats));
                host.Team.Run(job.ChunkCount, job);
            }
        }
    }

    /// <summary>Scratch memory of a thread; every part is [rows, AttentionTile.Queries] unless it says otherwise.</summary>
    private readonly struct ForwardScratch(float* memory, int headSize)
    {
        private const int Lanes = AttentionTile.Queries;

        /// <summary>0, 1, 2, ...: [1].</summary>
        public float* LaneNumbers => memory;

        /// <summary>Maximum of the scaled scores so far, of a tile's queries: [1].</summary>
        public float* Maximum(int tile) => memory + (1 + tile) * Lanes;

        /// <summary>Sum of exp(score - maximum) so far: [1].</summary>
        public float* Sum(int tile) => memory + (1 + TilesPerChunk + tile) * Lanes;

        /// <summary>Scores of a tile, then their weights: [AttentionTile.Keys].</summary>
        public float* Weights => memory + (1 + 2 * TilesPerChunk) * Lanes;

        /// <summary>Queries, transposed: [headSize].</summary>
        public float* Query(int tile) => Weights + (AttentionTile.Keys + tile * headSize) * Lanes;

        /// <summary>Weighted sum of values so far, transposed: [headSize].</summary>
        public float* Output(int tile) => Query(TilesPerChunk + tile);

        /// <summary>Keys, transposed: [headSize, keys rounded up].</summary>
        public float* Key => Query(2 * TilesPerChunk);

        /// <summary>Values: [AttentionTile.Keys, headSize].</summary>
        public float* Value => Key + AttentionTile.Keys * headSize;

        private float* End => Value + AttentionTile.Keys * headSize;

        public static long Floats(int headSize) => new ForwardScratch(null, headSize).End - (float*)null;
    }

    private readonly struct ForwardJob(
        AttentionSizes sizes, HostHeads q, HostHeads k, HostHeads v, HostHeads y, float* logSumExp, float* workspace)
        : IChunkJob
    {
        private int Blocks => (sizes.Queries + QueriesPerChunk - 1) / QueriesPerChunk;

        public int ChunkCount => sizes.Batch * sizes.QueryHeads * Blocks;

        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            // Late queries see most keys: the longest chunks come first, so that no thread begins one at the end.
            int heads = sizes.Batch * sizes.QueryHeads;
            int firstQuery = (Blocks - 1 - chunk / heads) * QueriesPerChunk;
            int endQuery = Math.Min(sizes.Queries, firstQuery + QueriesPerChunk);
            int tiles = (endQuery - firstQuery + AttentionTile.Queries - 1) / AttentionTile.Queries;
            int batch = chunk % heads / sizes.QueryHeads;
            int head = chunk % sizes.QueryHeads;
            ForwardScratch scratch = new(
                workspace + ThreadTeam.ThreadIndex * ForwardScratch.Floats(sizes.HeadSize), sizes.HeadSize);
            AttentionTile.Number(scratch.LaneNumbers, AttentionTile.Queries);
            for (int tile = 0; tile < tiles; tile++)
            {
                Begin<TLanes>(scratch, tile, batch, head, firstQuery + tile * AttentionTile.Queries);
            }

            int endKey = sizes.Start + endQuery;
            for (int firstKey = 0; firstKey < endKey; firstKey += AttentionTile.Keys)
            {
                int keys = Math.Min(AttentionTile.Keys, endKey - firstKey);
                PackKeys<TLanes>(scratch, batch, head / sizes.Group, firstKey, keys);
                for (int tile = 0; tile < tiles; tile++)
                {
                    Attend<TLanes>(scratch, tile, firstQuery + tile * AttentionTile.Queries, firstKey, keys);
                }
            }

            for (int tile = 0; tile < tiles; tile++)
            {
                Finish<TLanes>(scratch, tile, batch, head, firstQuery + tile * AttentionTile.Queries);
            }
        }

        private int QueriesFrom(int first) => Math.Min(AttentionTile.Queries, sizes.Queries - first);

        private void Begin<TLanes>(ForwardScratch scratch, int tile, int batch, int head, int first)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            Strip.Transposing<TLanes>(
                q.At(batch, first, head), q.Stride, QueriesFrom(first), sizes.HeadSize, scratch.Query(tile),
                AttentionTile.Queries);
            new Span<float>(scratch.Maximum(tile), AttentionTile.Queries).Fill(float.NegativeInfinity);
            new Span<float>(scratch.Sum(tile), AttentionTile.Queries).Clear();
        }

        private void PackKeys<TLanes>(ForwardScratch scratch, int batch, int head, int first, int keys)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            Strip.Transposing<TLanes>(
                k.At(batch, first, head), k.Stride, keys, sizes.HeadSize, scratch.Key,
                AttentionTile.RoundUp<TLanes>(keys));
            Strip.Contiguous<TLanes>(
                v.At(batch, first, head), v.Stride, sizes.HeadSize, keys, scratch.Value, sizes.HeadSize);
        }

        /// <summary>Adds a tile of keys to the sums of the tile of queries from <paramref name="first"/> on.</summary>
        private void Attend<TLanes>(ForwardScratch scratch, int tile, int first, int firstKey, int keys)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            // Of the first query, counted from the first key; and how many of the keys the last query sees.
            int position = sizes.Start + first - firstKey;
            int visible = Math.Min(keys, position + QueriesFrom(first));
            if (visible <= 0)
            {
                return;
            }

            AttentionTile.Product<TLanes>(
                visible, AttentionTile.Queries, sizes.HeadSize, scratch.Key, AttentionTile.RoundUp<TLanes>(keys),
                scratch.Query(tile), AttentionTile.Queries, scratch.Weights, AttentionTile.Queries, accumulate: false);
            for (int lane = 0; lane < AttentionTile.Queries; lane += TLanes.Count)
            {
                TLanes shrink = Softmax<TLanes>(scratch, tile, lane, visible, position);
                if (firstKey > 0)
                {
                    Multiply(scratch.Output(tile) + lane, shrink);
                }
            }

            AttentionTile.Product<TLanes>(
                sizes.HeadSize, AttentionTile.Queries, visible, scratch.Value, sizes.HeadSize, scratch.Weights,
                AttentionTile.Queries, scratch.Output(tile), AttentionTile.Queries, accumulate: firstKey > 0);
        }

        /// <summary>
        /// Turns a register's scores into weights exp(score - maximum). Returns exp(old maximum - maximum), which
        /// brings to the new maximum what was summed under the old one. A query that sees none of these keys keeps its
        /// maximum: it adds zeros to sums that are multiplied by one.
        /// </summary>
        private TLanes Softmax<TLanes>(ForwardScratch scratch, int tile, int lane, int keys, int position)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            float* weights = scratch.Weights + lane;
            float* oldMaximum = scratch.Maximum(tile) + lane;
            float* oldSum = scratch.Sum(tile) + lane;
            TLanes scale = TLanes.Broadcast(sizes.Scale);
            TLanes negativeInfinity = TLanes.Broadcast(float.NegativeInfinity);

            position += lane;
            int seenByAll = Math.Clamp(position + 1, 0, keys);
            int seenByAny = Math.Clamp(position + TLanes.Count, 0, keys);
            TLanes greatest = negativeInfinity;
            for (int key = 0; key < seenByAll; key++)
            {
                greatest = TLanes.Max(greatest, TLanes.Load(weights + key * AttentionTile.Queries));
            }

            TLanes queryPosition = TLanes.Load(scratch.LaneNumbers) + TLanes.Broadcast(position);
            for (int key = seenByAll; key < seenByAny; key++)
            {
                float* row = weights + key * AttentionTile.Queries;
                TLanes isHidden = TLanes.GreaterThan(TLanes.Broadcast(key), queryPosition);
                TLanes score = TLanes.Select(isHidden, negativeInfinity, TLanes.Load(row));
                score.Store(row);
                greatest = TLanes.Max(greatest, score);
            }

            TLanes before = TLanes.Load(oldMaximum);
            TLanes maximum = TLanes.Max(before, greatest * scale);
            TLanes shrink = LaneMath.Exp(before - maximum);
            TLanes minusMaximum = TLanes.Broadcast(0) - maximum;
            TLanes sum = TLanes.Load(oldSum) * shrink;
            for (int key = 0; key < seenByAny; key++)
            {
                float* row = weights + key * AttentionTile.Queries;
                TLanes weight = LaneMath.Exp(TLanes.MultiplyAdd(TLanes.Load(row), scale, minusMaximum));
                weight.Store(row);
                sum += weight;
            }

            for (int key = seenByAny; key < keys; key++)
            {
                TLanes.Broadcast(0).Store(weights + key * AttentionTile.Queries);
            }

            maximum.Store(oldMaximum);
            sum.Store(oldSum);
            return shrink;
        }

        private void Multiply<TLanes>(float* output, TLanes factor) where TLanes : unmanaged, ILanes<TLanes>
        {
            for (int c = 0; c < sizes.HeadSize; c++, output += AttentionTile.Queries)
            {
                (TLanes.Load(output) * factor).Store(output);
            }
        }

        /// <summary>Writes a tile's results: sums over denominators, and the logarithms of the denominators.</summary>
        private void Finish<TLanes>(ForwardScratch scratch, int tile, int batch, int head, int first)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            int queries = QueriesFrom(first);

            // The keys are no longer needed: their place takes the rows, no longer transposed.
            float* rows = scratch.Key;
            Strip.Transposing<TLanes>(
                scratch.Output(tile), AttentionTile.Queries, sizes.HeadSize, queries, rows, sizes.HeadSize);
            float* sum = scratch.Sum(tile);
            for (int i = 0; i < queries; i++)
            {
                AttentionTile.Scale<TLanes>(
                    rows + i * sizes.HeadSize, sizes.HeadSize, 1 / sum[i], y.At(batch, first + i, head));
            }

            LogSumExp<TLanes>(scratch.Maximum(tile), sum, AttentionTile.Queries);
            long row = ((long)batch * sizes.QueryHeads + head) * sizes.Queries + first;
            new Span<float>(scratch.Maximum(tile), queries).CopyTo(new Span<float>(logSumExp + row, queries));
        }
    }

    /// <summary>maximum += log(sum), in the lanes that the sums were made in.</summary>
    private static void LogSumExp<TLanes>(float* maximum, float* sum, int count)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        for (int i = 0; i < count; i += TLanes.Count)
        {
            (TLanes.Load(maximum + i) + LaneMath.Log(TLanes.Load(sum + i))).Store(maximum + i);
        }
    }
}
