using Calm.Kernels;
using Calm.Runtime;

namespace KernelLadders;

/// <summary>RMSNorm, bound by memory: y[r, c] = weight[c] x[r, c] / sqrt(mean over k of x[r, k]^2 + epsilon).</summary>
public sealed class RmsNormCases : IOpCases
{
    private const float Epsilon = 1e-6f;

    public IEnumerable<OpCase> All() =>
    [
        .. Of(nameof(RmsNorm), InUse),
        .. Of(nameof(RmsNorm1), Kernel((x, weight, y) => RmsNorm1.Run(x, weight, y, Epsilon))),
        .. Of(nameof(RmsNorm2), Kernel((x, weight, y) => RmsNorm2.Run(x, weight, y, Epsilon))),
        .. Of(nameof(RmsNorm3), Kernel((x, weight, y) => RmsNorm3.Run(x, weight, y, Epsilon))),
        .. Of(nameof(RmsNorm4), Kernel((x, weight, y) => RmsNorm4.Run(x, weight, y, Epsilon))),
    ];

    // The host has no kernels: there Calm's own op stands in.
    private static Func<Tape, Tensor[], Tensor> Kernel(Action<Tensor, Tensor, Tensor> run) =>
        (tape, x) => tape.Device is HostDevice ? InUse(tape, x) : Ladder.Run(tape, x, x[0].Shape, run);

    private static Tensor InUse(Tape tape, Tensor[] x) => RmsNorm.Apply(tape, x[0], x[1], Epsilon);

    private static IEnumerable<OpCase> Of(string op, Func<Tape, Tensor[], Tensor> run)
    {
        foreach ((int rows, int columns) in new[]
                 {
                     (1, 1), (3, 31), (2, 32), (33, 16), (1, 127), (2, 128), (1, 129), (3, 257), (130, 64), (4096, 1024),
                 })
        {
            double elements = (double)rows * columns;
            CaseData data = new(seed: 1);
            yield return new OpCase
            {
                Op = op,
                Label = $"[{rows}, {columns}]",
                Inputs = [data.Normal("x", new Shape(rows, columns)), data.Normal("weight", new Shape(columns), 0.3, 1)],
                Run = (tape, x) => [run(tape, x)],
                Reference = x => [[.. x[0].Chunk(columns).SelectMany(row => Definition(row, x[1]))]],
                Reason = "Sums are kept in float: a few ulp.",
                Differentiable = false,
                Forward = new Cost(4 * elements, 8 * elements),
            };
        }
    }

    private static IEnumerable<double> Definition(double[] row, double[] weight)
    {
        double root = Math.Sqrt(row.Sum(v => v * v) / row.Length + Epsilon);
        return row.Select((v, c) => weight[c] * v / root);
    }
}
