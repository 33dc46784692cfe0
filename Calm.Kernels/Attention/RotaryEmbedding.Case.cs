using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class RotaryEmbeddingCases : IOpCases
{
    private const double Theta = 10000;

    public IEnumerable<OpCase> All()
    {
        // The columns behind the rotated heads are values, left alone.
        yield return Rotated(1, 1, heads: 1, headSize: 2, rest: 0, start: 0);
        yield return Rotated(2, 3, heads: 2, headSize: 6, rest: 5, start: 0);
        yield return Rotated(2, 31, heads: 3, headSize: 16, rest: 16, start: 0);
        yield return Rotated(1, 32, heads: 2, headSize: 32, rest: 0, start: 7);
        yield return Rotated(3, 1, heads: 4, headSize: 34, rest: 68, start: 1000);
        yield return Rotated(1, 33, heads: 1, headSize: 64, rest: 1, start: 0);
        yield return Rotated(1, 257, heads: 2, headSize: 128, rest: 128, start: 0);
        yield return Rotated(8, 128, heads: 16, headSize: 32, rest: 256, start: 0);
    }

    public IEnumerable<OpCase> At(CaseSizes sizes)
    {
        int headSize = sizes.Hidden / sizes.QueryHeads;
        yield return Rotated(
            sizes.Sequences, sizes.Positions, sizes.QueryHeads + sizes.KeyValueHeads, headSize,
            sizes.KeyValueHeads * headSize, start: 0);
    }

    private static OpCase Rotated(int batch, int positions, int heads, int headSize, int rest, int start)
    {
        int columns = heads * headSize + rest;
        double rotated = (double)batch * positions * heads * headSize;
        return new OpCase
        {
            Op = nameof(RotaryEmbedding),
            Label = $"[{batch}, {positions}, {heads} x {headSize} + {rest}] from {start}",
            Inputs = [new CaseData(20).Normal("x", new Shape(batch, positions, columns)) with { IsActivation = true }],
            Settings = new Dictionary<string, double>
            {
                ["heads"] = heads, ["headSize"] = headSize, ["start"] = start, ["theta"] = Theta,
            },
            Run = (tape, x) =>
            [
                RotaryEmbedding.ApplyInPlace(
                    tape, x[0], new RotaryTable(tape.Device, start + positions, headSize, Theta), heads, start),
            ],
            Reference = x => [RotaryEmbedding.Reference(x[0], positions, columns, heads, headSize, Theta, start)],
            Tolerance = 3e-7,
            RoundsOperands = true,
            Reason = "Cosine and sine are rounded from double: two products and a sum, each to half an ulp.",
            Forward = new Cost(3 * rotated, 8 * rotated),
            Backward = new Cost(3 * rotated, 8 * rotated),
        };
    }
}
