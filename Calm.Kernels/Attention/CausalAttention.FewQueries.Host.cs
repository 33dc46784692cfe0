using Calm.Runtime;

namespace Calm.Kernels;

/// <content>
/// The host's forward loop for the one or few queries of a generation step. With queries in the lanes most of these
/// would be empty, so here keys and then components are in them. Every sum has the terms and the order of the other
/// loop's, so that both give the same bits.
/// </content>
public static unsafe partial class CausalAttention
{
    // Queries a head up to which this loop is the faster one: README.md.
    private const int MostForFewQueries = AttentionTile.Queries / 2;

    /// <summary>
    /// Scratch memory of a thread. Rows are the queries of all heads that share keys: row = head in group * Tq + query.
    /// </summary>
    private readonly struct FewQueriesScratch(float* memory, AttentionSizes sizes)
    {
        private const int WidestTile = AttentionTile.Queries;

        public int Rows => sizes.Group * sizes.Queries;

        /// <summary>Components of a head, rounded up to whole tiles of any width.</summary>
        public int PaddedHead => RoundUp(sizes.HeadSize);

        /// <summary>Greatest scaled score so far, [rows, padded to whole registers].</summary>
        public float* Maximum => memory;

        /// <summary>Sum of exp(score - maximum) so far, likewise.</summary>
        public float* Sum => memory + RoundUp(Rows);

        /// <summary>Scores, [rows, AttentionTile.Keys].</summary>
        public float* Scores => Sum + RoundUp(Rows);

        /// <summary>Their weights, transposed: [AttentionTile.Keys, rows].</summary>
        public float* Weights => Scores + AttentionTile.Keys * Rows;

        /// <summary>Queries, transposed: [headSize, rows].</summary>
        public float* Query => Weights + AttentionTile.Keys * Rows;

        /// <summary>Weighted sum of values so far: [rows, PaddedHead].</summary>
        public float* Output => Query + sizes.HeadSize * Rows;

        /// <summary>Keys, transposed: [headSize, keys rounded up].</summary>
        public float* Key => Output + PaddedHead * Rows;

        /// <summary>Values: [AttentionTile.Keys, PaddedHead].</summary>
        public float* Value => Key + AttentionTile.Keys * sizes.HeadSize;

        private float* End => Value + AttentionTile.Keys * PaddedHead;

        public static long Floats(AttentionSizes sizes) => new FewQueriesScratch(null, sizes).End - (float*)null;

        private static int RoundUp(int count) => (count + WidestTile - 1) / WidestTile * WidestTile;
    }

    private readonly struct FewQueriesJob(
        AttentionSizes sizes, HostHeads q, HostHeads k, HostHeads v, HostHeads y, float* logSumExp, float* workspace)
        : IChunkJob
    {
        public void Run<TLanes>(int chunk) where TLanes : unmanaged, ILanes<TLanes>
        {
            int batch = chunk / sizes.KeyValueHeads;
            int sharedHead = chunk % sizes.KeyValueHeads;
            FewQueriesScratch scratch = new(
                workspace + ThreadTeam.ThreadIndex * FewQueriesScratch.Floats(sizes), sizes);
            int rows = scratch.Rows;
            Begin(scratch, batch, sharedHead);
            int endKey = sizes.Start + sizes.Queries;
            for (int firstKey = 0; firstKey < endKey; firstKey += AttentionTile.Keys)
            {
                int keys = Math.Min(AttentionTile.Keys, endKey - firstKey);
                int columns = AttentionTile.RoundUp<TLanes>(keys);
                Strip.Transposing<TLanes>(
                    k.At(batch, firstKey, sharedHead), k.Stride, keys, sizes.HeadSize, scratch.Key, columns);
                AttentionTile.Product<TLanes>(
                    rows, columns, sizes.HeadSize, scratch.Query, rows, scratch.Key, columns, scratch.Scores,
                    AttentionTile.Keys, accumulate: false);
                for (int row = 0; row < rows; row++)
                {
                    int visible = Math.Clamp(sizes.Start + row % sizes.Queries + 1 - firstKey, 0, keys);
                    Softmax<TLanes>(scratch, row, visible, keys);
                }

                AddValues<TLanes>(scratch, v.At(batch, firstKey, sharedHead), keys);
            }

            Finish<TLanes>(scratch, batch, sharedHead);
        }

        private float* RowOf(HostHeads heads, int batch, int sharedHead, int row) =>
            heads.At(batch, row % sizes.Queries, sharedHead * sizes.Group + row / sizes.Queries);

        private void Begin(FewQueriesScratch scratch, int batch, int sharedHead)
        {
            int rows = scratch.Rows;
            new Span<float>(scratch.Maximum, rows).Fill(float.NegativeInfinity);
            new Span<float>(scratch.Sum, rows).Clear();
            new Span<float>(scratch.Output, rows * scratch.PaddedHead).Clear();
            for (int row = 0; row < rows; row++)
            {
                float* source = RowOf(q, batch, sharedHead, row);
                for (int c = 0; c < sizes.HeadSize; c++)
                {
                    scratch.Query[c * rows + row] = source[c];
                }
            }
        }

        /// <summary>Turns a row's scores into weights exp(score - maximum) and rescales its sums to the new maximum.</summary>
        private void Softmax<TLanes>(FewQueriesScratch scratch, int row, int visible, int keys)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            float* scores = scratch.Scores + row * AttentionTile.Keys;
            int padded = (visible + TLanes.Count - 1) / TLanes.Count * TLanes.Count;
            new Span<float>(scores + visible, padded - visible).Fill(float.NegativeInfinity);

            TLanes greatest = TLanes.Broadcast(float.NegativeInfinity);
            for (int key = 0; key < padded; key += TLanes.Count)
            {
                greatest = TLanes.Max(greatest, TLanes.Load(scores + key));
            }

            TLanes scale = TLanes.Broadcast(sizes.Scale);
            TLanes before = TLanes.Broadcast(scratch.Maximum[row]);
            TLanes maximum = TLanes.Max(before, TLanes.Broadcast(TLanes.MaxElement(greatest)) * scale);
            TLanes minusMaximum = TLanes.Broadcast(0) - maximum;
            for (int key = 0; key < padded; key += TLanes.Count)
            {
                LaneMath.Exp(TLanes.MultiplyAdd(TLanes.Load(scores + key), scale, minusMaximum)).Store(scores + key);
            }

            float shrink = TLanes.MaxElement(LaneMath.Exp(before - maximum));
            float sum = scratch.Sum[row] * shrink;
            float* weights = scratch.Weights + row;
            int rows = scratch.Rows;
            for (int key = 0; key < visible; key++)
            {
                sum += scores[key];
                weights[key * rows] = scores[key];
            }

            for (int key = visible; key < keys; key++)
            {
                weights[key * rows] = 0;
            }

            scratch.Maximum[row] = TLanes.MaxElement(maximum);
            scratch.Sum[row] = sum;
            float* output = scratch.Output + row * scratch.PaddedHead;
            AttentionTile.Scale<TLanes>(output, scratch.PaddedHead, shrink, output);
        }

        /// <summary>Adds the weighted values of a tile; heads of whole tiles are read where they are.</summary>
        private void AddValues<TLanes>(FewQueriesScratch scratch, float* values, int keys)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            long stride = v.Stride;
            if (scratch.PaddedHead != sizes.HeadSize)
            {
                Strip.Contiguous<TLanes>(values, stride, sizes.HeadSize, keys, scratch.Value, scratch.PaddedHead);
                values = scratch.Value;
                stride = scratch.PaddedHead;
            }

            AttentionTile.Product<TLanes>(
                scratch.Rows, AttentionTile.RoundUp<TLanes>(sizes.HeadSize), keys, scratch.Weights, scratch.Rows,
                values, stride, scratch.Output, scratch.PaddedHead, accumulate: true);
        }

        private void Finish<TLanes>(FewQueriesScratch scratch, int batch, int sharedHead)
            where TLanes : unmanaged, ILanes<TLanes>
        {
            int rows = scratch.Rows;
            for (int row = 0; row < rows; row++)
            {
                AttentionTile.Scale<TLanes>(
                    scratch.Output + row * scratch.PaddedHead, sizes.HeadSize, 1 / scratch.Sum[row],
                    RowOf(y, batch, sharedHead, row));
            }

            // The heads of a group follow each other, and so do their rows.
            LogSumExp<TLanes>(scratch.Maximum, scratch.Sum, rows);
            long first = ((long)batch * sizes.QueryHeads + sharedHead * sizes.Group) * sizes.Queries;
            new Span<float>(scratch.Maximum, rows).CopyTo(new Span<float>(logSumExp + first, rows));
        }
    }
}
