using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class LayerNormCases : IOpCases
{
    private const double Epsilon = 1e-6;

    public IEnumerable<OpCase> All()
    {
        foreach ((int rows, int columns) in new[]
                 {
                     (3, 2), (3, 31), (2, 32), (5, 33), (33, 16), (3, 257), (130, 64), (2048, 256),

                     // Edges of groups of 16 and 128, of blocks of 256 and of rows in chunks.
                     (15, 5), (16, 15), (17, 17), (1, 127), (2, 128), (1, 129), (2, 255), (1, 256), (127, 3), (129, 4),
                 })
        {
            yield return Affine(rows, columns);
        }

        yield return Plain(3, 31);
        yield return Plain(130, 64);
    }

    public IEnumerable<OpCase> At(CaseSizes sizes) => [Affine(sizes.HeadPositions * sizes.Draws, sizes.Hidden)];

    public CaseSweep Sweep => new(nameof(LayerNorm), [new("rows", 2048), new("columns", 256)], n => Affine(n[0], n[1]));

    private static OpCase Affine(int rows, int columns)
    {
        CaseData data = new(2);
        double elements = (double)rows * columns;
        return new OpCase
        {
            Op = nameof(LayerNorm),
            Label = $"[{rows}, {columns}]",
            Inputs =
            [
                data.Normal("x", new Shape(rows, columns), 1, 0.5),
                data.Normal("weight", new Shape(columns), 0.3, 1),
                data.Normal("bias", new Shape(columns)),
            ],
            Settings = new Dictionary<string, double> { ["epsilon"] = (float)Epsilon },
            Run = (tape, x) => [LayerNorm.Apply(tape, x[0], x[1], x[2], (float)Epsilon, tape.ActivationType)],
            Reference = x => [LayerNorm.Reference(x[0], columns, x[1], x[2], (float)Epsilon)],
            GradientFloor = columns == 2 ? 1e-5 : 1e-7,
            RoundsOperands = true,
            Reason = "Sums are kept in float lanes: a few ulp. Two columns: dx is what remains of cancelling terms.",
            Forward = new Cost(8 * elements, 8 * elements),
            Backward = new Cost(14 * elements, 12 * elements),
        };
    }

    private static OpCase Plain(int rows, int columns) => new()
    {
        Op = nameof(LayerNorm),
        Label = $"plain [{rows}, {columns}]",
        Inputs = [new CaseData(3).Normal("x", new Shape(rows, columns), 1, 0.5)],
        Settings = new Dictionary<string, double> { ["epsilon"] = (float)Epsilon },
        Run = (tape, x) => [LayerNorm.Apply(tape, x[0], null, null, (float)Epsilon, tape.ActivationType)],
        Reference = x => [LayerNorm.Reference(x[0], columns, null, null, (float)Epsilon)],
        RoundsOperands = true,
        Reason = "As with weight and bias.",
    };
}
