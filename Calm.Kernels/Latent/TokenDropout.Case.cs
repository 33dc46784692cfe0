using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class TokenDropoutCases : IOpCases
{
    private const float Probability = 0.15f;

    public IEnumerable<OpCase> All()
    {
        foreach ((int rows, int columns) in new[]
                 {
                     (1, 1), (33, 4), (5, 31), (2, 257), (15, 3), (16, 16), (17, 5), (129, 7), (4096, 4),
                 })
        {
            CaseData data = new(34);
            RandomStream stream = new(14, 15, 16);
            double elements = (double)rows * columns;
            yield return new OpCase
            {
                Op = nameof(TokenDropout),
                Label = $"[{rows}, {columns}]",
                Inputs =
                [
                    data.Integers("ids", new Shape(rows, columns), 4096),
                    data.Integers("rows", new Shape(rows), int.MaxValue),
                ],
                Run = (tape, x) => [TokenDropout.Apply(tape, x[0], Probability, x[1], stream)],
                Reference = x =>
                [
                    TokenDropout.Reference(
                        x[0], CaseData.PerRow(x[1], columns, index => stream.Uniform(index)), Probability),
                ],
                Tolerance = 0,
                Differentiable = false,
                Reason = "Integers are exact.",
                Forward = new Cost((Operations.Uniform + 2) * elements, 8 * elements),
            };
        }
    }
}
