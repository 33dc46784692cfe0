using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class GatedResidualCases : IOpCases
{
    public IEnumerable<OpCase> All()
    {
        foreach ((int positions, int draws, int columns, int first, int spare) in new[]
                 {
                     (1, 1, 1, 0, 0), (3, 1, 31, 62, 0), (2, 3, 32, 0, 0), (5, 1, 33, 2, 1), (3, 2, 257, 0, 0),
                     (1, 5, 17, 34, 0), (17, 1, 15, 1, 0), (2, 2, 127, 0, 0), (1, 1, 129, 0, 0), (1024, 1, 128, 256, 0),
                 })
        {
            CaseData data = new(62);
            int width = first + columns + spare;
            double elements = (double)positions * draws * columns;
            yield return new OpCase
            {
                Op = nameof(GatedResidual),
                Label = $"[{positions} * {draws}, {columns}] by [{positions}, {width}] from {first}",
                Inputs =
                [
                    data.Normal("x", new Shape(positions * draws, columns)),
                    data.Normal("branch", new Shape(positions * draws, columns)),
                    data.Normal("modulation", new Shape(positions, width)),
                ],
                Run = (tape, x) => [GatedResidual.Apply(tape, x[0], x[1], x[2], first, draws)],
                Reference = x => [GatedResidual.Reference(x[0], x[1], columns, x[2], width, first, draws)],
                Reason = "A multiply-add an element; gradients are sums over draws.",
                Forward = new Cost(2 * elements, 4 * (3 * elements + (double)positions * columns)),
                // The modulation's gradient is cleared and then added to.
                Backward = new Cost(3 * elements, 4 * (3 * elements + 2.0 * positions * width)),
            };
        }
    }
}
