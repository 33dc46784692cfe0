using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class DenoisingStepCases : IOpCases
{
    private static readonly ReverseStep Middle = new(0.9f, 0.12f, -0.3f, 0.4f, -4.5f, -4.1f, 1);

    public IEnumerable<OpCase> All()
    {
        foreach ((int rows, int columns, int stride, int first, ReverseStep step) in new[]
                 {
                     (1, 1, 1, 0, Middle), (3, 31, 62, 31, Middle), (2, 32, 32, 0, Middle with { Temperature = 0 }),
                     (5, 33, 100, 7, Middle), (3, 257, 257, 0, Middle), (15, 17, 51, 34, Middle), (16, 15, 15, 0, Middle),
                     (2, 127, 127, 0, Middle), (1, 129, 129, 0, Middle), (129, 3, 3, 0, Middle), (4032, 64, 128, 64, Middle),
                 })
        {
            CaseData data = new(65);
            double elements = (double)rows * columns;
            yield return new OpCase
            {
                Op = nameof(DenoisingStep),
                Label = $"[{rows}, {columns}], noise [{rows}, {stride}] from {first}, temperature {step.Temperature}",
                Inputs =
                [
                    data.Normal("output", new Shape(rows, 2 * columns), differentiable: false),
                    data.Normal("x", new Shape(rows, columns), differentiable: false),
                    data.Normal("noise", new Shape(rows, stride), differentiable: false),
                ],
                Run = (tape, x) => [DenoisingStep.Apply(tape, x[0], x[1], x[2], first, step)],
                Reference = x => [DenoisingStep.Reference(x[0], x[1], columns, x[2], stride, first, step)],
                Differentiable = false,
                Reason = "An exponential and four roundings an element.",
                Forward = new Cost((Operations.Exponential + 12) * elements, 20 * elements),
            };
        }
    }
}
