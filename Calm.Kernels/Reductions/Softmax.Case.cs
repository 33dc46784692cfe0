using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class SoftmaxCases : IOpCases
{
    private static readonly RowCases Rows = new(nameof(Softmax), Softmax.Apply, Softmax.Reference)
    {
        Flops = Operations.Exponential + 4,
        BackwardFlops = 4,
    };

    public IEnumerable<OpCase> All() => Rows.All();

    public CaseSweep Sweep => Rows.Sweep;
}

internal sealed class LogSoftmaxCases : IOpCases
{
    private static readonly RowCases Rows = new(nameof(LogSoftmax), LogSoftmax.Apply, LogSoftmax.Reference)
    {
        Flops = Operations.Exponential + 4,
        BackwardFlops = Operations.Exponential + 3,
    };

    public IEnumerable<OpCase> All() => Rows.All();

    public CaseSweep Sweep => Rows.Sweep;
}

/// <summary>Cases of a function of rows.</summary>
/// <param name="op">The op's name.</param>
/// <param name="run">Calls it.</param>
/// <param name="reference">Its definition for one row, in double.</param>
internal sealed class RowCases(
    string op, Func<Tape, Tensor, Tensor> run, Func<double[], IEnumerable<double>> reference)
{
    /// <summary>Operations an element, forward.</summary>
    public required double Flops { get; init; }

    /// <summary>Operations an element, backward.</summary>
    public required double BackwardFlops { get; init; }

    /// <summary>The op at any sizes.</summary>
    public CaseSweep Sweep => new(op, [new("rows", 2048), new("columns", 256)], n => Of(n[0], n[1]));

    /// <summary>Every case.</summary>
    public IEnumerable<OpCase> All()
    {
        foreach ((int rows, int columns) in new[]
                 {
                     (1, 1), (3, 31), (2, 32), (5, 33), (3, 257), (15, 17), (33, 16), (1, 127), (2, 128), (1, 129), (2, 255),
                     (130, 64), (2048, 256),
                 })
        {
            yield return Of(rows, columns);
        }
    }

    private OpCase Of(int rows, int columns)
    {
        double elements = (double)rows * columns;
        return new OpCase
        {
            Op = op,
            Label = $"[{rows}, {columns}]",
            Inputs = [new CaseData(16).Normal("x", new Shape(rows, columns), 2)],
            Run = (tape, x) => [run(tape, x[0])],
            Reference = x => [[.. x[0].Chunk(columns).SelectMany(reference)]],
            Reason = "An exponential of 1 ulp and a sum in float lanes.",
            Forward = new Cost(Flops * elements, 8 * elements),
            Backward = new Cost(BackwardFlops * elements, 12 * elements),
        };
    }
}
