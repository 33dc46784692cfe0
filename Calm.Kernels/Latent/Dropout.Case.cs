using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class DropoutCases : IOpCases
{
    private const float Probability = 0.15f;
    private const string Reason = "Two roundings: of 1 / (1 - p) and of the product.";

    public IEnumerable<OpCase> All() => [.. RowNoise.CaseShapes.Select(s => Drawn(s.Rows, s.Columns)), Given(5, 33)];

    private static OpCase Drawn(int rows, int columns)
    {
        CaseData data = new(32);
        RandomStream stream = new(11, 12, 13);
        double elements = (double)rows * columns;
        return new OpCase
        {
            Op = nameof(Dropout),
            Label = $"[{rows}, {columns}]",
            Inputs =
            [
                data.Normal("x", new Shape(rows, columns)), data.Integers("rows", new Shape(rows), int.MaxValue),
            ],
            Run = (tape, x) => [Dropout.Apply(tape, x[0], Probability, x[1], stream)],
            Reference = x =>
            [
                Dropout.Reference(
                    x[0], CaseData.PerRow(x[1], columns, index => stream.Uniform(index) > Probability ? 1 : 0),
                    Probability),
            ],
            Reason = Reason,
            Forward = new Cost((Operations.Uniform + 3) * elements, 8 * elements),
            Backward = new Cost((Operations.Uniform + 3) * elements, 8 * elements),
        };
    }

    private static OpCase Given(int rows, int columns)
    {
        CaseData data = new(33);
        Shape shape = new(rows, columns);
        CaseInput keep = data.Integers("keep", shape, 2) with { IsInteger = false };
        return new OpCase
        {
            Op = nameof(Dropout),
            Label = $"given mask, [{rows}, {columns}]",
            Inputs = [data.Normal("x", shape), keep],
            Run = (tape, x) => [Dropout.Apply(tape, x[0], Probability, x[1])],
            Reference = x => [Dropout.Reference(x[0], x[1], Probability)],
            Reason = Reason,
        };
    }
}
