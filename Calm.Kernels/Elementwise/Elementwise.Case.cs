using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class SiluCases : IOpCases
{
    public IEnumerable<OpCase> All()
    {
        foreach (int count in new[] { 1, 15, 16, 17, 31, 32, 33, 127, 128, 129, 255, 256, 257, 2049, 1 << 19 })
        {
            yield return new OpCase
            {
                Op = nameof(Silu),
                Label = $"[{count}]",
                Inputs = [new CaseData(11).Normal("x", new Shape(count), 3)],
                Run = (tape, x) => [Silu.Apply(tape, x[0])],
                Reference = x => [[.. x[0].Select(Silu.Reference)]],
                Reason = "An exponential of 1 ulp, a sum and a quotient.",
                Forward = new Cost((Operations.Sigmoid + 1) * count, 8.0 * count),
                Backward = new Cost((Operations.Sigmoid + 5) * count, 12.0 * count),
            };
        }
    }
}

internal sealed class SwiGluCases : IOpCases
{
    public IEnumerable<OpCase> All()
    {
        foreach ((int rows, int columns) in new[]
                 {
                     (1, 1), (3, 31), (2, 32), (5, 33), (3, 257), (17, 15), (15, 17), (1, 127), (2, 129), (1024, 344),
                 })
        {
            double elements = (double)rows * columns;
            yield return new OpCase
            {
                Op = nameof(SwiGlu),
                Label = $"[{rows}, {columns}]",
                Inputs = [new CaseData(12).Normal("gateUp", new Shape(rows, 2 * columns), 2)],
                Run = (tape, x) => [SwiGlu.Apply(tape, x[0])],
                Reference = x => [SwiGlu.Reference(x[0], columns)],
                Reason = "An exponential of 1 ulp, a sum, a quotient and two products.",
                Forward = new Cost((Operations.Sigmoid + 2) * elements, 12 * elements),
                Backward = new Cost((Operations.Sigmoid + 7) * elements, 20 * elements),
            };
        }
    }
}

internal sealed class ColumnSliceCases : IOpCases
{
    public IEnumerable<OpCase> All()
    {
        foreach ((int rows, int columns) in new[] { (1, 2), (3, 31), (5, 33), (16, 16), (17, 15), (2, 127), (1, 257), (130, 64) })
        {
            int half = columns / 2;
            yield return new OpCase
            {
                Op = nameof(ColumnSlice),
                Label = $"[{rows}, {columns}]",
                Inputs = [new CaseData(13).Normal("x", new Shape(rows, columns))],
                Run = (tape, x) =>
                [
                    ColumnSlice.Apply(tape, x[0], 0, half), ColumnSlice.Apply(tape, x[0], half, columns - half),
                ],
                Reference = x =>
                [
                    ColumnSlice.Reference(x[0], columns, 0, half),
                    ColumnSlice.Reference(x[0], columns, half, columns - half),
                ],
                Tolerance = 0,
                Reason = "A copy is exact.",
            };
        }
    }
}
