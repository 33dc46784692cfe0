using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class DiffusionLossCases : IOpCases
{
    public IEnumerable<OpCase> All()
    {
        foreach ((int rows, int columns) in new[]
                 {
                     (1, 1), (2, 1), (3, 31), (2, 32), (5, 33), (3, 257), (15, 17), (16, 15), (17, 16), (2, 127), (1, 129),
                     (129, 3), (4032, 64),
                 })
        {
            yield return Case(rows, columns);
        }
    }

    private static OpCase Case(int rows, int columns)
    {
        CaseData data = new(66);
        double elements = (double)rows * columns;
        CaseInput output = data.Normal("output", new Shape(rows, 2 * columns), 0.5);
        double[] meanNoise =
        [
            .. Enumerable.Range(0, rows).SelectMany(row => output.Values.Skip(2 * row * columns).Take(columns)),
        ];
        return new OpCase
        {
            Op = nameof(DiffusionLoss),
            Label = $"[{rows}, {columns}]",
            Inputs =
            [
                output,
                data.Normal("noise", new Shape(rows, columns), differentiable: false),
                data.Normal("latents", new Shape(rows, columns), differentiable: false),
                Constants(rows),
            ],
            Run = (tape, x) => [DiffusionLoss.Apply(tape, x[0], x[1], x[2], x[3]).Loss],
            Reference = x => [DiffusionLoss.Reference(x[0], meanNoise, x[1], x[2], columns, x[3])],
            Tolerance = 1e-5,
            GradientTolerance = 5e-5,
            Reason = "At t = 0 the difference of two probabilities that lie 1 % apart loses two digits.",
            Forward = new Cost((2 * Operations.Exponential + 16) * elements, 16 * elements),
            Backward = new Cost((2 * Operations.Exponential + 16) * elements, 24 * elements),
        };
    }

    /// <summary>Steps as a schedule has them, every other row at t = 0.</summary>
    private static CaseInput Constants(int rows)
    {
        double[] first = [1, 0.0064, 0.0064, -10.7, -10.1, 1];
        double[] middle = [0.7, 0.71, 0.004, -5.6, -5.5, 0];
        double[] values =
        [
            .. Enumerable.Range(0, rows).SelectMany(row => row % 2 == 1 ? first : middle).Select(v => (double)(float)v),
        ];
        return new CaseInput("constants", new Shape(rows, first.Length), () => values, Differentiable: false);
    }
}
