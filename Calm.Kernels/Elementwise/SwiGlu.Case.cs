using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class SwiGluCases : IOpCases
{
    public IEnumerable<OpCase> All()
    {
        foreach ((int rows, int columns) in new[]
                 {
                     (1, 1), (3, 31), (2, 32), (5, 33), (3, 257), (17, 15), (15, 17), (1, 127), (2, 129), (1024, 344),
                 })
        {
            yield return Of(rows, columns);
        }
    }

    public IEnumerable<OpCase> At(CaseSizes sizes) => [Of(sizes.Rows, sizes.Intermediate)];

    public CaseSweep Sweep => new(nameof(SwiGlu), [new("rows", 1024), new("columns", 344)], n => Of(n[0], n[1]));

    private static OpCase Of(int rows, int columns)
    {
        double elements = (double)rows * columns;
        return new OpCase
        {
            Op = nameof(SwiGlu),
            Label = $"[{rows}, {columns}]",
            Inputs = [new CaseData(12).Normal("gateUp", new Shape(rows, 2 * columns), 2) with { IsActivation = true }],
            Run = (tape, x) => [SwiGlu.Apply(tape, x[0])],
            Reference = x => [SwiGlu.Reference(x[0], columns)],
            RoundsOperands = true,
            Reason = "An exponential of 1 ulp, a sum, a quotient and two products.",
            Forward = new Cost((Operations.Sigmoid + 2) * elements, 12 * elements),
            Backward = new Cost((Operations.Sigmoid + 7) * elements, 20 * elements),
        };
    }
}
