using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class WeightedAddCases : IOpCases
{
    public IEnumerable<OpCase> All()
    {
        foreach ((int rows, int columns, int weightRows, int width) in new[]
                 {
                     (1, 1, 1, 2), (3, 31, 3, 2), (2, 32, 1, 2), (5, 33, 5, 6), (3, 257, 3, 3), (15, 17, 1, 3),
                     (16, 15, 16, 2), (2, 127, 2, 2), (1, 129, 1, 2), (129, 3, 129, 6), (4032, 64, 4032, 6),
                 })
        {
            CaseData data = new(63);
            double elements = (double)rows * columns;
            yield return new OpCase
            {
                Op = nameof(WeightedAdd),
                Label = $"[{rows}, {columns}] by [{weightRows}, {width}]",
                Inputs =
                [
                    data.Normal("x", new Shape(rows, columns), differentiable: false),
                    data.Normal("y", new Shape(rows, columns), differentiable: false),
                    data.Normal("weights", new Shape(weightRows, width), differentiable: false),
                ],
                Run = (tape, x) => [WeightedAdd.Apply(tape, x[0], x[1], x[2])],
                Reference = x => [WeightedAdd.Reference(x[0], x[1], columns, x[2], width)],
                Differentiable = false,
                Reason = "Two roundings an element.",
                Forward = new Cost(3 * elements, 12 * elements),
            };
        }
    }
}
