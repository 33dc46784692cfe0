using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class MeanSquaredErrorCases : IOpCases
{
    public IEnumerable<OpCase> All()
    {
        foreach ((int rows, int columns) in new[]
                 {
                     (1, 1), (3, 31), (2, 32), (5, 33), (3, 257), (15, 17), (16, 15), (17, 16), (2, 127), (1, 129), (129, 3),
                     (4032, 64),
                 })
        {
            CaseData data = new(64);
            double elements = (double)rows * columns;
            yield return new OpCase
            {
                Op = nameof(MeanSquaredError),
                Label = $"[{rows}, {columns}]",
                Inputs =
                [
                    data.Normal("x", new Shape(rows, columns)),
                    data.Normal("target", new Shape(rows, columns), differentiable: false),
                ],
                Run = (tape, x) => [MeanSquaredError.Apply(tape, x[0], x[1]).Loss],
                Reference = x => [MeanSquaredError.Reference(x[0], x[1])],
                Reason = "A row is added in float lanes: a few ulp.",
                Forward = new Cost(3 * elements, 8 * elements),
                Backward = new Cost(2 * elements, 12 * elements),
            };
        }
    }
}
