using Calm.Runtime;

namespace Calm.Kernels;

internal sealed class SumCases : IOpCases
{
    public IEnumerable<OpCase> All() => ReductionCases.Of(nameof(Sum), Sum.Apply, Sum.Rows, (sum, _) => sum, 1);
}

internal sealed class MeanCases : IOpCases
{
    public IEnumerable<OpCase> All() => ReductionCases.Of(nameof(Mean), Mean.Apply, Mean.Rows, (sum, count) => sum / count, 2);
}

/// <summary>Cases of sums over rows and over all elements.</summary>
internal static class ReductionCases
{
    /// <summary>Cases of an op.</summary>
    /// <param name="op">The op's name.</param>
    /// <param name="total">Calls it for all elements.</param>
    /// <param name="rowSums">Calls it for each row.</param>
    /// <param name="finish">Its result from the sum and the number of elements.</param>
    /// <param name="flops">Operations an element, forward.</param>
    public static IEnumerable<OpCase> Of(
        string op, Func<Tape, Tensor, Tensor> total, Func<Tape, Tensor, Tensor> rowSums, Func<double, int, double> finish,
        double flops)
    {
        foreach ((int rows, int columns) in new[]
                 {
                     (1, 1), (3, 31), (2, 32), (5, 33), (3, 257), (15, 17), (33, 16), (1, 127), (2, 128), (130, 64), (1, 4095),
                     (1, 4096), (1, 4097), (3, 4096), (2048, 256),
                 })
        {
            yield return Case(op, isOfRows: false, rows, columns, flops, total, x => [finish(x.Sum(), x.Length)]);
            yield return Case(
                op, isOfRows: true, rows, columns, flops, rowSums,
                x => [.. x.Chunk(columns).Select(row => finish(row.Sum(), columns))]);
        }
    }

    private static OpCase Case(
        string op, bool isOfRows, int rows, int columns, double flops, Func<Tape, Tensor, Tensor> run,
        Func<double[], double[]> reference)
    {
        double elements = (double)rows * columns;
        return new OpCase
        {
            Op = op,
            Label = (isOfRows ? "rows of " : "") + $"[{rows}, {columns}]",
            Inputs = [new CaseData(15).Normal("x", new Shape(rows, columns), mean: 0.5)],
            Settings = new Dictionary<string, double> { ["ofRows"] = isOfRows ? 1 : 0 },
            Run = (tape, x) => [run(tape, x[0])],
            Reference = x => [reference(x[0])],
            Reason = "Sums are kept in float lanes: a few ulp.",
            Forward = new Cost(flops * elements, 4 * elements),
            Backward = new Cost(elements, 4 * elements),
        };
    }
}
