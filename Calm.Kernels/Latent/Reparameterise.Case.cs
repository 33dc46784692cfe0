using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class ReparameteriseCases : IOpCases
{
    private const string Reason = "One rounding of the noise, one of exp, one of the sum.";

    public IEnumerable<OpCase> All() => [.. DropoutCases.Shapes.Select(s => Drawn(s.Rows, s.Columns)), Given(5, 33)];

    private static OpCase Drawn(int rows, int columns)
    {
        CaseData data = new(30);
        RandomStream stream = new(8, 9, 10);
        double elements = (double)rows * columns;
        const double operations = Operations.Normal + Operations.Exponential + 2;
        return new OpCase
        {
            Op = nameof(Reparameterise),
            Label = $"[{rows}, {columns}]",
            Inputs =
            [
                data.Normal("mean", new Shape(rows, columns)),
                data.Normal("logStd", new Shape(rows, columns), 0.5, -1),
                data.Integers("rows", new Shape(rows), int.MaxValue),
            ],
            Run = (tape, x) => [Reparameterise.Apply(tape, x[0], x[1], x[2], stream)],
            Reference = x =>
            [
                Reparameterise.Reference(x[0], x[1], CaseData.PerRow(x[2], columns, index => stream.Normal(index))),
            ],
            Reason = Reason,
            Forward = new Cost(operations * elements, 12 * elements),
            Backward = new Cost(operations * elements, 12 * elements),
        };
    }

    private static OpCase Given(int rows, int columns)
    {
        CaseData data = new(31);
        Shape shape = new(rows, columns);
        return new OpCase
        {
            Op = nameof(Reparameterise),
            Label = $"given noise, [{rows}, {columns}]",
            Inputs =
            [
                data.Normal("mean", shape), data.Normal("logStd", shape, 0.5, -1),
                data.Normal("noise", shape, differentiable: false),
            ],
            Run = (tape, x) => [Reparameterise.Apply(tape, x[0], x[1], x[2])],
            Reference = x => [Reparameterise.Reference(x[0], x[1], x[2])],
            Reason = Reason,
        };
    }
}
