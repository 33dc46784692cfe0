using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class SoftmaxCases : IOpCases
{
    public IEnumerable<OpCase> All() =>
        RowCases.Of(nameof(Softmax), Softmax.Apply, Softmax.Reference, Operations.Exponential + 4, 4);
}

internal sealed class LogSoftmaxCases : IOpCases
{
    public IEnumerable<OpCase> All() => RowCases.Of(
        nameof(LogSoftmax), LogSoftmax.Apply, LogSoftmax.Reference, Operations.Exponential + 4, Operations.Exponential + 3);
}

/// <summary>Cases of row functions.</summary>
internal static class RowCases
{
    /// <summary>Cases of an op.</summary>
    /// <param name="op">The op's name.</param>
    /// <param name="run">Calls it.</param>
    /// <param name="reference">Its definition for one row, in double.</param>
    /// <param name="flops">Operations an element, forward.</param>
    /// <param name="backwardFlops">Operations an element, backward.</param>
    public static IEnumerable<OpCase> Of(
        string op, Func<Tape, Tensor, Tensor> run, Func<double[], IEnumerable<double>> reference, double flops,
        double backwardFlops)
    {
        foreach ((int rows, int columns) in new[]
                 {
                     (1, 1), (3, 31), (2, 32), (5, 33), (3, 257), (15, 17), (33, 16), (1, 127), (2, 128), (1, 129), (2, 255),
                     (130, 64), (2048, 256),
                 })
        {
            double elements = (double)rows * columns;
            yield return new OpCase
            {
                Op = op,
                Label = $"[{rows}, {columns}]",
                Inputs = [new CaseData(16).Normal("x", new Shape(rows, columns), 2)],
                Run = (tape, x) => [run(tape, x[0])],
                Reference = x => [[.. x[0].Chunk(columns).SelectMany(reference)]],
                Reason = "An exponential of 1 ulp and a sum in float lanes.",
                Forward = new Cost(flops * elements, 8 * elements),
                Backward = new Cost(backwardFlops * elements, 12 * elements),
            };
        }
    }
}
