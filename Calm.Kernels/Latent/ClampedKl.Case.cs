using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class ClampedKlCases : IOpCases
{
    public IEnumerable<OpCase> All()
    {
        foreach ((int rows, int columns, float floor, float scale) in new[]
                 {
                     (1, 1, 0f, 1f), (3, 31, 0.5f, 1f), (2, 32, 0.5f, 3f), (5, 33, 0f, 2f), (3, 257, 0.5f, 1f),
                     (15, 17, 0f, 1f), (16, 15, 0f, 2f), (17, 16, 0f, 1f), (2, 127, 0f, 1f), (1, 129, 0f, 1f), (129, 3, 0f, 1f),
                     (2048, 128, 0f, 1f), // so many components that with a floor some would lie at its edge
                 })
        {
            CaseData data = new(35);
            double elements = (double)rows * columns;
            yield return new OpCase
            {
                Op = nameof(ClampedKl),
                Label = $"[{rows}, {columns}], floor {floor}, scale {scale}",
                Inputs =
                [
                    data.Normal("mean", new Shape(rows, columns)),
                    data.Normal("logStd", new Shape(rows, columns), 0.5, -0.5),
                ],
                Run = (tape, x) => [ClampedKl.Apply(tape, x[0], x[1], floor, scale)],
                Reference = x => [ClampedKl.Reference(x[0], x[1], columns, floor, scale)],
                Reason = "A row is added in float lanes: a few ulp.",
                Forward = new Cost((Operations.Exponential + 9) * elements, 8 * elements),
                Backward = new Cost((Operations.Exponential + 12) * elements, 16 * elements),
            };
        }
    }
}
