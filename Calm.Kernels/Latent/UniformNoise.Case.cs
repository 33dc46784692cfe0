using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class UniformNoiseCases : IOpCases
{
    public IEnumerable<OpCase> All()
    {
        RandomStream stream = new(5, 6, 7);
        foreach ((int rows, int columns) in new[]
                 {
                     (1, 1), (3, 31), (2, 32), (5, 33), (3, 257), (17, 3), (15, 4), (16, 5), (2, 127), (1, 129),
                     (4032, 64),
                 })
        {
            yield return Of(rows, columns, stream);
        }
    }

    public IEnumerable<OpCase> At(CaseSizes sizes) =>
        [Of(sizes.Rows, sizes.Draws * sizes.Noise, new RandomStream(5, 6, 7))];

    private static OpCase Of(int rows, int columns, RandomStream stream) => new()
    {
        Op = nameof(UniformNoise),
        Label = $"[{rows}, {columns}]",
        Inputs = [new CaseData(41).Integers("rows", new Shape(rows), 1 << 24)],
        Run = (tape, x) => [UniformNoise.Apply(tape, x[0], columns, stream)],
        Reference = x => [UniformNoise.Reference(x[0], columns, stream)],
        Tolerance = 0,
        Differentiable = false,
        Reason = "Exact: 24-bit fractions and an exact difference.",
        Forward = new Cost((Operations.Uniform + 1) * rows * columns, 4.0 * rows * columns),
    };
}
