using Calm.Kernels;
using Calm.Runtime;

namespace Laboratory;

/// <summary>One list of sizes and one definition for every version, and for Calm's own op beside them.</summary>
public sealed class LaboratoryCases : IOpCases
{
    public IEnumerable<OpCase> All() =>
    [
        .. Of(nameof(Softmax), Softmax.Apply), // Calm's own
        .. Of(nameof(Softmax1), Softmax1.Apply),
        .. Of(nameof(Softmax2), Softmax2.Apply),
        .. Of(nameof(Softmax3), Softmax3.Apply),
        .. Of(nameof(Softmax4), Softmax4.Apply),
    ];

    private static IEnumerable<OpCase> Of(string op, Func<Tape, Tensor, Tensor> run)
    {
        // Around the edges of registers and groups, and one real size, which is timed.
        foreach ((int rows, int columns) in new[] { (1, 1), (3, 31), (2, 32), (5, 33), (3, 257), (33, 16), (2048, 256) })
        {
            double elements = (double)rows * columns;
            yield return new OpCase
            {
                Op = op,
                Label = $"[{rows}, {columns}]",
                Inputs = [new CaseData(seed: 16).Normal("x", new Shape(rows, columns), scale: 2)],
                Run = (tape, x) => [run(tape, x[0])],
                Reference = x => [[.. x[0].Chunk(columns).SelectMany(Definition)]],
                Reason = "An exponential of 1 ulp and a sum in float lanes.",
                Differentiable = false, // samples/OwnOp has a gradient
                Forward = new Cost((Operations.Exponential + 4) * elements, 8 * elements),
            };
        }
    }

    // In double, as the formula says it; shares nothing with the versions.
    private static IEnumerable<double> Definition(double[] x)
    {
        double max = x.Max();
        double sum = x.Sum(v => Math.Exp(v - max));
        return x.Select(v => Math.Exp(v - max) / sum);
    }
}
