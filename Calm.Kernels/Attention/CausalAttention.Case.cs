using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class CausalAttentionCases : IOpCases
{
    private const string Why =
        "Scores of a few units and the logarithms of their sums are rounded to float before the exponential: some 1e-7 "
        + "in every weight.";

    public IEnumerable<OpCase> All()
    {
        // One position; the edges of the loop for few queries (16), of a tile of queries (32), of a tile of keys and of
        // the queries of a chunk (128); heads of any size; grouped and shared keys.
        yield return Fused(1, 1, 1, 1, 2);
        yield return Fused(1, 3, 1, 1, 6);
        yield return Fused(2, 16, 2, 1, 8);
        yield return Fused(2, 17, 2, 1, 8);
        yield return Fused(2, 31, 2, 2, 16);
        yield return Fused(1, 32, 4, 2, 6);
        yield return Fused(2, 33, 3, 1, 32);
        yield return Fused(1, 65, 2, 2, 64);
        yield return Fused(1, 128, 1, 1, 34);
        yield return Fused(1, 129, 4, 1, 16);
        yield return Fused(1, 257, 2, 2, 128);
        yield return Fused(1, 289, 2, 1, 10);
        yield return Fused(8, 128, 8, 8, 32);

        // The other edges of tiles of 16, 32, 64 and 128, in positions and in components.
        yield return Fused(1, 15, 1, 1, 2);
        yield return Fused(1, 63, 1, 1, 14);
        yield return Fused(1, 64, 1, 1, 16);
        yield return Fused(1, 127, 1, 1, 8);
        yield return Fused(1, 9, 1, 1, 30);
        yield return Fused(1, 9, 1, 1, 62);
        yield return Fused(1, 9, 1, 1, 66);
        yield return Fused(1, 9, 1, 1, 126);
        yield return Fused(1, 9, 1, 1, 128);

        // Heads of more components than a group sums.
        yield return Fused(1, 10, 1, 1, 130);
        yield return Fused(1, 5, 1, 1, 256);
        yield return Fused(1, 70, 2, 1, 192);

        // The queries of a generation step and of a short prompt, with keys that nothing sees behind them.
        yield return Separate(1, 1, 5, 2, 2, 4, start: 3);
        yield return Separate(2, 1, 130, 4, 2, 16, start: 128);
        yield return Separate(2, 5, 40, 4, 1, 32, start: 30);
        yield return Separate(1, 5, 5, 2, 2, 18, start: 0);
        yield return Separate(1, 15, 64, 1, 1, 8, start: 48);
        yield return Separate(1, 17, 127, 1, 1, 8, start: 110);
        yield return Separate(2, 33, 190, 2, 1, 32, start: 110);
    }

    public IEnumerable<OpCase> At(CaseSizes sizes) =>
    [
        Fused(sizes.Sequences, sizes.Positions, sizes.QueryHeads, sizes.KeyValueHeads, sizes.Hidden / sizes.QueryHeads),
    ];

    public CaseSweep Sweep => new(
        nameof(CausalAttention),
        [new("batch", 8), new("positions", 128), new("queryHeads", 8), new("keyValueHeads", 8), new("headSize", 32)],
        n => Fused(n[0], n[1], n[2], n[3], n[4]));

    private static OpCase Fused(int batch, int positions, int queryHeads, int keyValueHeads, int headSize)
    {
        int heads = queryHeads + 2 * keyValueHeads;
        AttentionSizes sizes = new(batch, positions, positions, queryHeads, keyValueHeads, headSize, 0);
        return new OpCase
        {
            Op = nameof(CausalAttention),
            Label = $"[{batch}, {positions}, ({queryHeads} + 2 * {keyValueHeads}) x {headSize}]",
            Inputs =
            [
                new CaseData(21).Normal("qkv", new Shape(batch, positions, heads * headSize)) with { IsActivation = true },
            ],
            Settings = new Dictionary<string, double> { ["queryHeads"] = queryHeads, ["keyValueHeads"] = keyValueHeads },
            Run = (tape, x) => [CausalAttention.Apply(tape, x[0], queryHeads, keyValueHeads)],
            Reference = x =>
            [
                CausalAttention.Reference(
                    Columns(x[0], heads, 0, queryHeads, headSize),
                    Columns(x[0], heads, queryHeads, keyValueHeads, headSize),
                    Columns(x[0], heads, queryHeads + keyValueHeads, keyValueHeads, headSize), sizes),
            ],
            RoundsOperands = true,
            Reason = Why,
            Forward = new Cost(2 * sizes.ProductFlops, 16.0 * batch * positions * queryHeads * headSize),
            Backward = new Cost(5 * sizes.ProductFlops, 32.0 * batch * positions * queryHeads * headSize),
        };
    }

    private static OpCase Separate(
        int batch, int queries, int keys, int queryHeads, int keyValueHeads, int headSize, int start)
    {
        CaseData data = new(22);
        AttentionSizes sizes = new(batch, queries, keys, queryHeads, keyValueHeads, headSize, start);
        return new OpCase
        {
            Op = nameof(CausalAttention),
            Label = $"[{batch}, {queries} from {start} of {keys}, ({queryHeads} / {keyValueHeads}) x {headSize}]",
            Inputs =
            [
                data.Normal("q", new Shape(batch, queries, queryHeads * headSize)),
                data.Normal("k", new Shape(batch, keys, keyValueHeads * headSize)),
                data.Normal("v", new Shape(batch, keys, keyValueHeads * headSize)),
            ],
            Run = (tape, x) => [CausalAttention.Apply(tape, x[0], x[1], x[2], queryHeads, keyValueHeads, start)],
            Reference = x => [CausalAttention.Reference(x[0], x[1], x[2], sizes)],
            RoundsOperands = true,
            Reason = Why,
        };
    }

    /// <summary>Some heads of every row of a fused projection.</summary>
    private static double[] Columns(double[] x, int headsInRow, int firstHead, int heads, int headSize)
    {
        int rows = x.Length / (headsInRow * headSize);
        double[] columns = new double[rows * heads * headSize];
        for (int row = 0; row < rows; row++)
        {
            Array.Copy(
                x, (row * headsInRow + firstHead) * headSize, columns, row * heads * headSize, heads * headSize);
        }

        return columns;
    }
}
