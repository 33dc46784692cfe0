using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class DropoutCases : IOpCases
{
    private const float Probability = 0.15f;

    /// <summary>Shapes for ops that draw a number for each element.</summary>
    public static readonly (int Rows, int Columns)[] Shapes =
    [
        (1, 1), (3, 31), (2, 32), (5, 33), (3, 257), (17, 3), (15, 4), (16, 5), (2, 127), (1, 129), (2048, 128),
    ];

    private const string Reason = "Two roundings: of 1 / (1 - p) and of the product.";

    public IEnumerable<OpCase> All() => [.. Shapes.Select(s => Drawn(s.Rows, s.Columns)), Given(5, 33)];

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
