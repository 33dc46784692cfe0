using Calm.Runtime;
using ILGPU;

namespace Calm.Kernels;

/// <summary>The packed operands of attention on tensor cores, in the device's workspace.</summary>
/// <typeparam name="THead">The size that heads are filled up to.</typeparam>
internal readonly struct TensorOperands<THead> where THead : struct, ITensorHead
{
    /// <summary>Packs what the forward kernel reads.</summary>
    public TensorOperands(IlgpuDevice gpu, AttentionSizes sizes, Heads q, Heads k, Heads v)
    {
        (long queryWords, long keyWords) = (Queries(sizes).WordsFor(sizes.Batch), Keys(sizes).WordsFor(sizes.Batch));
        ArrayView<uint> words = gpu.Workspace(queryWords + 2 * keyWords).Cast<uint>();
        Q = words.SubView(0, queryWords);
        K = words.SubView(queryWords, keyWords);
        V = words.SubView(queryWords + keyWords, keyWords);
        Pack(gpu, sizes, q, k, v);
    }

    /// <summary>Packs what the backward kernels read.</summary>
    public TensorOperands(
        IlgpuDevice gpu, AttentionSizes sizes, Heads q, Heads k, Heads v, Tensor y, Tensor dy,
        ArrayView<float> logSumExp)
    {
        (long queryWords, long keyWords) = (Queries(sizes).WordsFor(sizes.Batch), Keys(sizes).WordsFor(sizes.Batch));
        long statistics = TensorStatistics.FloatsFor(sizes);
        ArrayView<float> workspace = gpu.Workspace(2 * queryWords + 2 * keyWords + statistics);
        ArrayView<uint> words = workspace.Cast<uint>();
        Q = words.SubView(0, queryWords);
        K = words.SubView(queryWords, keyWords);
        V = words.SubView(queryWords + keyWords, keyWords);
        Dy = words.SubView(queryWords + 2 * keyWords, queryWords);
        Statistics = workspace.SubView(2 * queryWords + 2 * keyWords, statistics);
        Pack(gpu, sizes, q, k, v);
        Queries(sizes).Run(gpu, new Heads(dy), Dy);
        TensorStatistics.Run(
            gpu, sizes, new DeviceHeads(y, 0, sizes.HeadSize), new DeviceHeads(dy, 0, sizes.HeadSize), logSumExp, Statistics);
    }

    /// <summary>[batch, query heads, filled queries, filled size / 2].</summary>
    public ArrayView<uint> Q { get; }

    /// <summary>[batch, key heads, filled keys, filled size / 2]; zeros where no query sees the key.</summary>
    public ArrayView<uint> K { get; }

    /// <summary>In the layout of <see cref="K"/>.</summary>
    public ArrayView<uint> V { get; }

    /// <summary>In the layout of <see cref="Q"/>.</summary>
    public ArrayView<uint> Dy { get; }

    /// <summary>See <see cref="TensorStatistics"/>.</summary>
    public ArrayView<float> Statistics { get; }

    private static TensorHeadPacking Queries(AttentionSizes sizes) => new(
        sizes.QueryHeads, sizes.HeadSize, sizes.Queries, TensorHeadPacking.Filled(sizes.Queries), THead.Size / 2);

    // Memory behind the last visible key may hold anything, and 0 times NaN is NaN.
    private static TensorHeadPacking Keys(AttentionSizes sizes) => new(
        sizes.KeyValueHeads, sizes.HeadSize, sizes.Start + sizes.Queries, TensorHeadPacking.Filled(sizes.Keys),
        THead.Size / 2);

    private void Pack(IlgpuDevice gpu, AttentionSizes sizes, Heads q, Heads k, Heads v)
    {
        Queries(sizes).Run(gpu, q, Q);
        Keys(sizes).Run(gpu, k, K);
        Keys(sizes).Run(gpu, v, V);
    }
}
