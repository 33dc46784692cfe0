using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class RmsNormCases : IOpCases
{
    private const double Epsilon = 1e-6;

    public IEnumerable<OpCase> All()
    {
        foreach ((int rows, int columns) in new[]
                 {
                     (1, 1), (3, 31), (2, 32), (5, 33), (33, 16), (3, 257), (130, 64), (2048, 256),

                     // Edges of groups of 16 and 128, of blocks of 256 and of rows in chunks.
                     (15, 5), (16, 15), (17, 17), (1, 127), (2, 128), (1, 129), (2, 255), (1, 256), (127, 3), (129, 4),
                 })
        {
            yield return Of(rows, columns);
        }
    }

    public IEnumerable<OpCase> At(CaseSizes sizes) => [Of(sizes.Rows, sizes.Hidden)];

    public CaseSweep Sweep => new(nameof(RmsNorm), [new("rows", 2048), new("columns", 256)], n => Of(n[0], n[1]));

    /// <summary>The case of any other size: what versions of the kernel are compared and timed at.</summary>
    internal static OpCase Of(int rows, int columns)
    {
        CaseData data = new(1);
        double elements = (double)rows * columns;
        return new OpCase
        {
            Op = nameof(RmsNorm),
            Label = $"[{rows}, {columns}]",
            Inputs = [data.Normal("x", new Shape(rows, columns)), data.Normal("weight", new Shape(columns), 0.3, 1)],
            Settings = new Dictionary<string, double> { ["epsilon"] = (float)Epsilon },
            Run = (tape, x) => [RmsNorm.Apply(tape, x[0], x[1], (float)Epsilon, tape.ActivationType)],
            Reference = x => [RmsNorm.Reference(x[0], x[1], (float)Epsilon)],
            GradientFloor = columns == 1 ? 1e-6 : 1e-7,
            RoundsOperands = true,
            Reason = "Sums are kept in float lanes: a few ulp. One column: dx is the difference of two equal terms.",
            Forward = new Cost(4 * elements, 8 * elements),
            Backward = new Cost(8 * elements, 12 * elements),
        };
    }
}
