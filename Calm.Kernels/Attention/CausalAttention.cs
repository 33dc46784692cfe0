using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>
/// Causal softmax attention: y[i] = sum over j of softmax_j(q[i] . k[j] / sqrt(headSize)) v[j] for each head, where the
/// query at position i sees the keys 0 to i. Query head h uses key and value head h / (queryHeads / keyValueHeads).
/// Computed in tiles with a running maximum and sum: no matrix of positions by positions is ever stored.
/// </summary>
/// <remarks>
/// Sources: Vaswani et al. 2017, arXiv:1706.03762 (attention); Ainslie et al. 2023, arXiv:2305.13245 (grouped queries);
/// Milakov and Gimelshein 2018, arXiv:1805.02867 (running softmax); Dao et al. 2022, arXiv:2205.14135 (tiles,
/// backward). A NaN in a query shows in its result, one in a key in the results of all queries that see it; one in a
/// value also in those of earlier queries of the same tile, whose weight 0 times NaN is NaN.
/// </remarks>
public static partial class CausalAttention
{
    private const string Op = nameof(CausalAttention);

    /// <summary>Attention of whole sequences to themselves, as in training.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="qkv">
    /// [B, T, (queryHeads + 2 keyValueHeads) * headSize]: query heads, then key heads, then value heads.
    /// </param>
    /// <param name="queryHeads">Heads of the queries.</param>
    /// <param name="keyValueHeads">Heads of keys and of values, a divisor of <paramref name="queryHeads"/>.</param>
    /// <returns>[B, T, queryHeads * headSize].</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names the operand.</exception>
    public static Tensor Apply(Tape tape, Tensor qkv, int queryHeads, int keyValueHeads)
    {
        Check.Device(Op, tape, qkv);
        int headSize = FusedHeadSize(qkv, queryHeads, keyValueHeads);
        (int batch, int positions) = (qkv.Shape[0], qkv.Shape[1]);
        AttentionSizes sizes = new(batch, positions, positions, queryHeads, keyValueHeads, headSize, Start: 0);
        int keyColumn = queryHeads * headSize;
        int valueColumn = keyColumn + keyValueHeads * headSize;
        return Apply(tape, new Heads(qkv), new Heads(qkv, keyColumn), new Heads(qkv, valueColumn), sizes);
    }

    /// <summary>Attention of queries at positions <paramref name="start"/> and on to separate keys, values.</summary>
    /// <param name="tape">The step it belongs to.</param>
    /// <param name="q">[B, Tq, queryHeads * headSize].</param>
    /// <param name="k">[B, Tk, keyValueHeads * headSize], Tk at least start + Tq; the rest is ignored.</param>
    /// <param name="v">[B, Tk, keyValueHeads * headSize].</param>
    /// <param name="queryHeads">Heads of the queries.</param>
    /// <param name="keyValueHeads">Heads of keys and of values, a divisor of <paramref name="queryHeads"/>.</param>
    /// <param name="start">Position of the first query.</param>
    /// <returns>[B, Tq, queryHeads * headSize].</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names the operand.</exception>
    public static Tensor Apply(
        Tape tape, Tensor q, Tensor k, Tensor v, int queryHeads, int keyValueHeads, int start = 0)
    {
        Check.Device(Op, tape, q, k, v);
        CheckHeads(queryHeads, keyValueHeads);
        Check.That(q.Shape.Rank == 3, Op, "the rank of q", q.Shape.Rank, "3: [batch, positions, columns]");
        Check.That(k.Shape.Rank == 3, Op, "the rank of k", k.Shape.Rank, "3: [batch, positions, columns]");
        Check.That(
            q.Columns > 0 && q.Columns % queryHeads == 0, Op, "the columns of q", q.Columns,
            $"a multiple of {queryHeads} heads");
        int headSize = q.Columns / queryHeads;
        AttentionSizes sizes = new(
            q.Shape[0], q.Shape[1], k.Shape[1], queryHeads, keyValueHeads, headSize, start);
        Check.Shape(Op, nameof(k), k, new Shape(sizes.Batch, sizes.Keys, keyValueHeads * headSize));
        Check.Shape(Op, nameof(v), v, k.Shape);
        Check.That(start >= 0, Op, "start", start, "at least 0");
        Check.That(
            sizes.Keys >= (long)start + sizes.Queries, Op, "the number of keys", sizes.Keys,
            $"at least start + queries = {(long)start + sizes.Queries}");
        return Apply(tape, new Heads(q), new Heads(k), new Heads(v), sizes);
    }

    /// <summary>
    /// Attention of new positions to themselves and to those in a cache, as in generation: appends their keys and
    /// values to the cache. Bit for bit what <see cref="Apply(Tape, Tensor, int, int)"/> gives for the whole sequence on
    /// the same device, however it is cut into calls; with tensor cores, which long calls use and short ones do not, to
    /// their rounding.
    /// </summary>
    /// <param name="tape">The step it belongs to. No gradient flows.</param>
    /// <param name="qkv">[B, Tnew, (queryHeads + 2 keyValueHeads) * headSize]: positions cache.Length and on.</param>
    /// <param name="cache">This layer's keys and values; grows by Tnew positions.</param>
    /// <param name="queryHeads">Heads of the queries.</param>
    /// <returns>[B, Tnew, queryHeads * headSize].</returns>
    /// <exception cref="ArgumentException">The sizes do not fit; the message names the operand.</exception>
    /// <exception cref="InvalidOperationException">The tape records and qkv wants a gradient.</exception>
    public static Tensor ApplyCached(Tape tape, Tensor qkv, KeyValueCache cache, int queryHeads)
    {
        Check.Device(Op, tape, qkv, cache.Keys);
        int headSize = FusedHeadSize(qkv, queryHeads, cache.KeyValueHeads);
        Check.That(headSize == cache.HeadSize, Op, "the head size of qkv", headSize, $"the cache's {cache.HeadSize}");
        Check.That(qkv.Shape[0] == cache.Batch, Op, "the batch of qkv", qkv.Shape[0], $"the cache's {cache.Batch}");
        if (tape.Records(qkv))
        {
            throw new InvalidOperationException($"{Op}: no gradient flows through a cache; use Apply to train.");
        }

        int start = cache.Length;
        int keyColumn = queryHeads * headSize;
        Tensor? rounded = RoundedCopy(tape, qkv);
        int valueColumn = keyColumn + cache.KeyValueHeads * headSize;
        cache.Append(new Heads(qkv, keyColumn, rounded), new Heads(qkv, valueColumn, rounded));
        AttentionSizes sizes = new(
            cache.Batch, qkv.Shape[1], cache.Length, queryHeads, cache.KeyValueHeads, headSize, start);
        return Run(tape, new Heads(qkv, 0, rounded), new Heads(cache.Keys), new Heads(cache.Values), sizes);
    }

    private static int FusedHeadSize(Tensor qkv, int queryHeads, int keyValueHeads)
    {
        CheckHeads(queryHeads, keyValueHeads);
        Check.That(qkv.Shape.Rank == 3, Op, "the rank of qkv", qkv.Shape.Rank, "3: [batch, positions, columns]");
        int heads = queryHeads + 2 * keyValueHeads;
        Check.That(
            qkv.Columns > 0 && qkv.Columns % heads == 0, Op, "the columns of qkv", qkv.Columns,
            $"a multiple of queryHeads + 2 keyValueHeads = {heads}");
        return qkv.Columns / heads;
    }

    private static void CheckHeads(int queryHeads, int keyValueHeads)
    {
        Check.That(keyValueHeads > 0, Op, "keyValueHeads", keyValueHeads, "at least 1");
        Check.That(
            queryHeads > 0 && queryHeads % keyValueHeads == 0, Op, "queryHeads", queryHeads,
            $"a multiple of {keyValueHeads} keyValueHeads");
    }

    private static Tensor Apply(Tape tape, Heads q, Heads k, Heads v, AttentionSizes sizes)
    {
        if (!UsesTensorCores(tape.Device, sizes)) // which round operands themselves
        {
            // A fused projection is copied once.
            q = q with { Rounded = RoundedCopy(tape, q.Tensor) };
            k = k with { Rounded = k.Tensor == q.Tensor ? q.Rounded : RoundedCopy(tape, k.Tensor) };
            v = v with { Rounded = v.Tensor == q.Tensor ? q.Rounded : RoundedCopy(tape, v.Tensor) };
        }

        return Run(tape, q, k, v, sizes);
    }

    /// <summary>
    /// A copy in floats, rounded to bfloat16 if that is the device's precision; null if x is that already.
    /// </summary>
    private static Tensor? RoundedCopy(Tape tape, Tensor x)
    {
        bool isInFloats = x.ElementType == ElementType.Float32 || tape.Device is HostDevice;
        bool isRounded = x.ElementType == ElementType.BFloat16 || tape.Device.Precision == Precision.Float32;
        return isInFloats && isRounded ? null : RoundingCopy.Of(tape, x, Op);
    }

    private static Tensor Run(Tape tape, Heads q, Heads k, Heads v, AttentionSizes sizes)
    {
        tape.Device.CountAttention(2 * sizes.ProductFlops);
        Tensor y = tape.Rent(new Shape(sizes.Batch, sizes.Queries, sizes.QueryHeads * sizes.HeadSize), Op);
        Tensor logSumExp = tape.Rent(new Shape(sizes.Batch, sizes.QueryHeads, sizes.Queries), Op);
        tape.Device.Run(new Forward(tape, q, k, v, sizes, y, logSumExp));
        if (tape.Records(q.Tensor, k.Tensor, v.Tensor))
        {
            tape.Record(new Node(q, k, v, sizes, y, logSumExp));
        }

        return y;
    }

    /// <summary>Computes y, [B, Tq, heads * headSize], and the logarithms of the denominators, [B, heads, Tq].</summary>
    private readonly partial struct Forward(
        Tape tape, Heads q, Heads k, Heads v, AttentionSizes sizes, Tensor y, Tensor logSumExp) : IDeviceWork;
}
