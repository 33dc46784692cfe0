using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class ModulateCases : IOpCases
{
    public IEnumerable<OpCase> All()
    {
        foreach ((int positions, int draws, int columns, int first, int spare) in new[]
                 {
                     (1, 1, 1, 0, 0), (3, 1, 31, 0, 31), (2, 3, 32, 0, 0), (5, 1, 33, 2, 1), (3, 2, 257, 0, 0),
                     (1, 5, 17, 0, 17), (17, 1, 15, 1, 0), (2, 2, 127, 0, 0), (1, 1, 129, 0, 0), (1024, 1, 128, 0, 128),
                 })
        {
            CaseData data = new(61);
            int width = first + 2 * columns + spare;
            double elements = (double)positions * draws * columns;
            yield return new OpCase
            {
                Op = nameof(Modulate),
                Label = $"[{positions} * {draws}, {columns}] by [{positions}, {width}] from {first}",
                Inputs =
                [
                    data.Normal("x", new Shape(positions * draws, columns)),
                    data.Normal("modulation", new Shape(positions, width)),
                ],
                Run = (tape, x) => [Modulate.Apply(tape, x[0], x[1], first, draws)],
                Reference = x => [Modulate.Reference(x[0], columns, x[1], width, first, draws)],
                Reason = "A multiply-add an element; gradients are sums over draws.",
                Forward = new Cost(3 * elements, 4 * (2 * elements + 2.0 * positions * columns)),
                // The modulation's gradient is cleared and then added to.
                Backward = new Cost(5 * elements, 4 * (3 * elements + 2.0 * positions * width)),
            };
        }
    }
}
