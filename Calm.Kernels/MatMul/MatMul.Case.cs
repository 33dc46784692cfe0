using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class MatMulCases : IOpCases
{
    public IEnumerable<OpCase> All()
    {
        foreach ((bool transposeA, bool transposeB) in new[] { (false, false), (false, true), (true, false), (true, true) })
        {
            foreach ((int rows, int depth, int columns) in new[]
                     {
                         (1, 1, 1), (1, 31, 32), (3, 33, 31), (6, 257, 5), (17, 16, 48), (31, 5, 65), (33, 32, 129),
                         (130, 64, 96),
                     })
            {
                yield return Of(rows, depth, columns, transposeA, transposeB);
            }
        }
    }

    // A cube, as others time their products: 4096 for a model of width 1024.
    public IEnumerable<OpCase> At(CaseSizes sizes)
    {
        int side = 4 * sizes.Hidden;
        yield return Of(side, side, side, transposeA: false, transposeB: false);
    }

    // The letters of BLAS: [M, K] by [K, N], either of them stored transposed.
    public CaseSweep Sweep => new(
        nameof(MatMul),
        [new("M", 512), new("N", 512), new("K", 512), new("transposeA", 0, 0, 1), new("transposeB", 0, 0, 1)],
        n => Of(n[0], n[2], n[1], transposeA: n[3] == 1, transposeB: n[4] == 1));

    private static OpCase Of(int rows, int depth, int columns, bool transposeA, bool transposeB)
    {
        CaseData data = new(19);
        double products = (double)rows * depth * columns;
        double operands = 4.0 * depth * (rows + columns);
        double result = 4.0 * rows * columns;
        return new OpCase
        {
            Op = nameof(MatMul),
            Label = $"[{rows}, {depth}] by [{depth}, {columns}]{(transposeA ? ", A^T" : "")}{(transposeB ? ", B^T" : "")}",
            Inputs =
            [
                data.Normal("a", transposeA ? new Shape(depth, rows) : new Shape(rows, depth)),
                data.Normal("b", transposeB ? new Shape(columns, depth) : new Shape(depth, columns)),
            ],
            Settings = new Dictionary<string, double>
            {
                ["transposeA"] = transposeA ? 1 : 0, ["transposeB"] = transposeB ? 1 : 0,
            },
            Run = (tape, x) => [MatMul.Apply(tape, x[0], x[1], transposeA, transposeB)],
            Reference = x => [MatMul.Reference(x[0], x[1], rows, columns, depth, transposeA, transposeB)],
            RoundsOperands = true,
            Reason = "Sums of products in float, in blocks of depth: a few ulp of the greatest partial sum.",
            Forward = new Cost(2 * products, operands + result),
            Backward = new Cost(4 * products, 2 * operands + result),
        };
    }
}
