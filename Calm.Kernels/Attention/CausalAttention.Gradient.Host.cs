using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// The host's backward loop: for each tile of keys all tiles of queries that see it, so that the gradients of keys and
/// values stay in scratch and those of the queries are added in the order of the keys. One chunk does this for a key
/// and value head and all query heads that share it: no two chunks write to the same place.
/// </content>
public static unsafe partial class CausalAttention
{
    private readonly partial struct Backward
    {
        public void Run(HostDevice host)
        {
            Tensor rowDot = tape.Rent(logSumExp.Shape, Op);
            long floats = BackwardScratch.Floats(sizes.HeadSize);
            host.Team.Run(
                sizes.Batch * sizes.KeyValueHeads,
                new BackwardJob(
                    sizes, new(q, sizes.HeadSize), new(k, sizes.HeadSize), new(v, sizes.HeadSize),
                    new(y, 0, sizes.HeadSize), new(dy, 0, sizes.HeadSize), logSumExp.Pointer, rowDot.Pointer,
                    new(dq, sizes.HeadSize), new(dk, sizes.HeadSize), new(dv, sizes.HeadSize),
                    host.Workspace(host.Team.Threads * floats)));
        }
    }

    /// <summary>The heads of a gradient, or nothing if it is not wanted.</summary>
    private readonly struct HostGradient(HeadsGradient gradient, int headSize)
    {
        private readonly bool _isWanted = gradient.Target is not null;
        private readonly bool _accumulate = gradient.Target is { Accumulate: true };
        private readonly HostHeads _heads = gradient.Target is { } target
            ? new HostHeads(target.Tensor, gradient.FirstColumn, headSize)
            : default;

        /// <summary>
        /// Writes dense rows of a head from <paramref name="position"/> on; adds them if asked to or if the gradient
        /// has contributions from elsewhere.
        /// </summary>
        public void Write<TLanes>(int batch, int position, int head, float* source, int rows, bool add = false)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            if (_isWanted)
            {
                AttentionTile.WriteRows<TLanes>(
                    source, rows, headSize, _heads.At(batch, position, head), _heads.Stride, add || _accumulate);
            }
        }
    }

    /// <summary>Scratch memory of a thread: Q queries and K keys of a tile, C components of a head.</summary>
    private readonly struct BackwardScratch(float* memory, int headSize)
    {
        private const int Q = AttentionTile.Queries;
        private const int K = AttentionTile.Keys;

        /// <summary>0, 1, 2, ...: [K].</summary>
        public float* LaneNumbers => memory;

        /// <summary>Scores, then weights: [Q, K].</summary>
        public float* Weights => memory + K;

        /// <summary>Gradients of the weights, then of the scores: [Q, K].</summary>
        public float* DWeights => Weights + Q * K;

        /// <summary>The latter transposed: [K, Q].</summary>
        public float* DScoresTransposed => DWeights + Q * K;

        /// <summary>Keys, transposed: [C, K].</summary>
        public float* KeyTransposed => DScoresTransposed + Q * K;

        /// <summary>Values, transposed: [C, K].</summary>
        public float* ValueTransposed => KeyTransposed + headSize * K;

        /// <summary>Keys: [K, C].</summary>
        public float* Key => ValueTransposed + headSize * K;

        /// <summary>Gradient of the keys so far, transposed: [C, K].</summary>
        public float* DKey => Key + headSize * K;

        /// <summary>Gradient of the values so far, transposed: [C, K].</summary>
        public float* DValue => DKey + headSize * K;

        /// <summary>Rows on their way out: [K, C].</summary>
        public float* Rows => DValue + headSize * K;

        /// <summary>Queries: [Q, C].</summary>
        public float* Query => Rows + headSize * K;

        /// <summary>Queries, transposed: [C, Q].</summary>
        public float* QueryTransposed => Query + headSize * Q;

        /// <summary>Gradient of the result: [Q, C].</summary>
        public float* DOutput => QueryTransposed + headSize * Q;

        /// <summary>The same transposed: [C, Q].</summary>
        public float* DOutputTransposed => DOutput + headSize * Q;

        /// <summary>The part of the tile of keys in the gradient of the queries, transposed: [C, Q].</summary>
        public float* DQuery => DOutputTransposed + headSize * Q;

        private float* End => DQuery + headSize * Q;

        public static long Floats(int headSize) => new BackwardScratch(null, headSize).End - (float*)null;
    }

    private readonly struct BackwardJob(
        AttentionSizes sizes, HostHeads q, HostHeads k, HostHeads v, HostHeads y, HostHeads dy, float* logSumExp,
        float* rowDot, HostGradient dq, HostGradient dk, HostGradient dv, float* workspace) : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int batch = chunk / sizes.KeyValueHeads;
            int sharedHead = chunk % sizes.KeyValueHeads;
            BackwardScratch scratch = new(
                workspace + ThreadTeam.ThreadIndex * BackwardScratch.Floats(sizes.HeadSize), sizes.HeadSize);
            AttentionTile.Number(scratch.LaneNumbers, AttentionTile.Keys);
            int firstHead = sharedHead * sizes.Group;
            for (int head = firstHead; head < firstHead + sizes.Group; head++)
            {
                DotRows<TLanes>(scratch, batch, head);
            }

            for (int firstKey = 0; firstKey < sizes.Keys; firstKey += AttentionTile.Keys)
            {
                int keys = Math.Min(AttentionTile.Keys, sizes.Keys - firstKey);
                PackKeys<TLanes>(scratch, batch, firstKey, sharedHead, keys);
                for (int head = firstHead; head < firstHead + sizes.Group; head++)
                {
                    // From the first query on that sees a key of this tile.
                    int first = Math.Max(0, firstKey - sizes.Start);
                    for (; first < sizes.Queries; first += AttentionTile.Queries)
                    {
                        int queries = Math.Min(AttentionTile.Queries, sizes.Queries - first);
                        PackQueries<TLanes>(scratch, batch, first, head, queries);
                        AddTile<TLanes>(scratch, batch, first, head, queries, firstKey, keys);
                    }
                }

                WriteKeys<TLanes>(scratch, batch, firstKey, sharedHead, keys);
            }
        }

        private float* RowOf(float* values, int batch, int head) =>
            values + ((long)batch * sizes.QueryHeads + head) * sizes.Queries;

        /// <summary>
        /// dy . y of each query, which its softmax subtracts from every gradient of a weight. Its terms are added in the order
        /// of <see cref="Scores"/>, so that what cancels leaves exactly zero: a query with one key has no gradient.
        /// </summary>
        private void DotRows<TLanes>(BackwardScratch scratch, int batch, int head) where TLanes : unmanaged, ILanes<TLanes>
        {
            const int stride = AttentionTile.Queries;
            float* dots = RowOf(rowDot, batch, head);
            for (int first = 0; first < sizes.Queries; first += stride)
            {
                int queries = Math.Min(stride, sizes.Queries - first);
                Strip.Transposing<TLanes>(
                    y.At(batch, first, head), y.Stride, queries, sizes.HeadSize, scratch.QueryTransposed, stride);
                Strip.Transposing<TLanes>(
                    dy.At(batch, first, head), dy.Stride, queries, sizes.HeadSize, scratch.DOutputTransposed, stride);
                for (int lane = 0; lane < queries; lane += TLanes.Count)
                {
                    TLanes sum = TLanes.Broadcast(0);
                    for (int at = lane; at < sizes.HeadSize * stride; at += stride)
                    {
                        sum = TLanes.MultiplyAdd(
                            TLanes.Load(scratch.DOutputTransposed + at), TLanes.Load(scratch.QueryTransposed + at), sum);
                    }

                    sum.Store(scratch.DQuery + lane);
                }

                new Span<float>(scratch.DQuery, queries).CopyTo(new Span<float>(dots + first, queries));
            }
        }

        private void PackKeys<TLanes>(BackwardScratch scratch, int batch, int firstKey, int head, int keys)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            float* key = k.At(batch, firstKey, head);
            float* value = v.At(batch, firstKey, head);
            int headSize = sizes.HeadSize;
            Strip.Transposing<TLanes>(key, k.Stride, keys, headSize, scratch.KeyTransposed, AttentionTile.Keys);
            Strip.Transposing<TLanes>(value, v.Stride, keys, headSize, scratch.ValueTransposed, AttentionTile.Keys);
            Strip.Contiguous<TLanes>(key, k.Stride, headSize, keys, scratch.Key, headSize);
            new Span<float>(scratch.DKey, headSize * AttentionTile.Keys).Clear();
            new Span<float>(scratch.DValue, headSize * AttentionTile.Keys).Clear();
        }

        private void PackQueries<TLanes>(BackwardScratch scratch, int batch, int first, int head, int queries)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            float* query = q.At(batch, first, head);
            float* upstream = dy.At(batch, first, head);
            int headSize = sizes.HeadSize;
            Strip.Transposing<TLanes>(
                query, q.Stride, queries, headSize, scratch.QueryTransposed, AttentionTile.Queries);
            Strip.Transposing<TLanes>(
                upstream, dy.Stride, queries, headSize, scratch.DOutputTransposed, AttentionTile.Queries);
            Strip.Contiguous<TLanes>(query, q.Stride, headSize, queries, scratch.Query, headSize);
            Strip.Contiguous<TLanes>(upstream, dy.Stride, headSize, queries, scratch.DOutput, headSize);
        }

        /// <summary>Adds the contributions of a tile of queries and a tile of keys to each other's gradients.</summary>
        private void AddTile<TLanes>(
            BackwardScratch scratch, int batch, int first, int head, int queries, int firstKey, int keys)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            int headSize = sizes.HeadSize;
            int position = sizes.Start + first - firstKey;
            int visible = Math.Min(keys, position + queries);
            int columns = AttentionTile.RoundUp<TLanes>(visible);
            Scores<TLanes>(queries, columns, scratch.QueryTransposed, scratch.KeyTransposed, scratch.Weights);
            Scores<TLanes>(queries, columns, scratch.DOutputTransposed, scratch.ValueTransposed, scratch.DWeights);
            for (int i = 0; i < queries; i++)
            {
                Differentiate<TLanes>(
                    scratch, i, position + i, columns, RowOf(logSumExp, batch, head)[first + i],
                    RowOf(rowDot, batch, head)[first + i]);
            }

            AttentionTile.Product<TLanes>(
                headSize, columns, queries, scratch.DOutput, headSize, scratch.Weights, AttentionTile.Keys,
                scratch.DValue, AttentionTile.Keys, accumulate: true);
            AttentionTile.Product<TLanes>(
                headSize, columns, queries, scratch.Query, headSize, scratch.DWeights, AttentionTile.Keys,
                scratch.DKey, AttentionTile.Keys, accumulate: true);

            Strip.Transposing<TLanes>(
                scratch.DWeights, AttentionTile.Keys, queries, visible, scratch.DScoresTransposed,
                AttentionTile.Queries);
            AttentionTile.Product<TLanes>(
                headSize, AttentionTile.Queries, visible, scratch.Key, headSize, scratch.DScoresTransposed,
                AttentionTile.Queries, scratch.DQuery, AttentionTile.Queries, accumulate: false);
            Strip.Transposing<TLanes>(
                scratch.DQuery, AttentionTile.Queries, headSize, queries, scratch.Rows, headSize);
            dq.Write<TLanes>(batch, first, head, scratch.Rows, queries, add: firstKey > 0);
        }

        /// <summary>Products of each query's row with each key's, from transposed tiles.</summary>
        private void Scores<TLanes>(int queries, int columns, float* queryTile, float* keyTile, float* scores)
            where TLanes : unmanaged, ILanes<TLanes> =>
            AttentionTile.Product<TLanes>(
                queries, columns, sizes.HeadSize, queryTile, AttentionTile.Queries, keyTile, AttentionTile.Keys,
                scores, AttentionTile.Keys, accumulate: false);

        /// <summary>Turns scores of a query into weights, gradients of its weights into those of the scores.</summary>
        private void Differentiate<TLanes>(
            BackwardScratch scratch, int query, int position, int columns, float logSum, float dot)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            float* weights = scratch.Weights + query * AttentionTile.Keys;
            float* gradients = scratch.DWeights + query * AttentionTile.Keys;
            TLanes scale = TLanes.Broadcast(sizes.Scale);
            TLanes minusLogSum = TLanes.Broadcast(-logSum);
            TLanes shift = TLanes.Broadcast(dot);
            TLanes last = TLanes.Broadcast(position);
            TLanes zero = TLanes.Broadcast(0);
            int key = 0;
            for (; key <= position && key < columns; key += TLanes.Count)
            {
                TLanes isHidden = TLanes.GreaterThan(TLanes.Load(scratch.LaneNumbers + key), last);
                TLanes score = TLanes.MultiplyAdd(TLanes.Load(weights + key), scale, minusLogSum);
                TLanes weight = TLanes.Select(isHidden, zero, LaneMath.Exp(score));
                weight.Store(weights + key);
                (weight * scale * (TLanes.Load(gradients + key) - shift)).Store(gradients + key);
            }

            for (; key < columns; key += TLanes.Count)
            {
                zero.Store(weights + key);
                zero.Store(gradients + key);
            }
        }

        private void WriteKeys<TLanes>(BackwardScratch scratch, int batch, int firstKey, int head, int keys)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            int headSize = sizes.HeadSize;
            Strip.Transposing<TLanes>(scratch.DKey, AttentionTile.Keys, headSize, keys, scratch.Rows, headSize);
            dk.Write<TLanes>(batch, firstKey, head, scratch.Rows, keys);
            Strip.Transposing<TLanes>(scratch.DValue, AttentionTile.Keys, headSize, keys, scratch.Rows, headSize);
            dv.Write<TLanes>(batch, firstKey, head, scratch.Rows, keys);
        }
    }
}
