using Calm.Kernels;
using Calm.Runtime;

namespace KernelLadders;

/// <summary>The product of Linear, bound by arithmetic: y[r, o] = sum over i of x[r, i] weight[o, i].</summary>
public sealed class LinearCases : IOpCases
{
    public IEnumerable<OpCase> All() =>
    [
        .. Of(nameof(Linear), InUse),
        .. Of(nameof(Linear1), Kernel(Linear1.Run)),
        .. Of(nameof(Linear2), Kernel(Linear2.Run)),
        .. Of(nameof(Linear3), Kernel(Linear3.Run)),
        .. Of(nameof(Linear4), Kernel(Linear4.Run)),
    ];

    // The host has no kernels: there Calm's own op stands in.
    private static Func<Tape, Tensor[], Tensor> Kernel(Action<Tensor, Tensor, Tensor> run) => (tape, x) =>
        tape.Device is HostDevice ? InUse(tape, x) : Ladder.Run(tape, x, new Shape(x[0].Rows, x[1].Rows), run);

    private static Tensor InUse(Tape tape, Tensor[] x) => Linear.Apply(tape, x[0], x[1]);

    private static IEnumerable<OpCase> Of(string op, Func<Tape, Tensor[], Tensor> run)
    {
        // Edges of tiles of 4, 16 and 64 in rows, columns and depth, and one real size, which is timed.
        foreach ((int rows, int inputs, int outputs) in new[]
                 {
                     (1, 1, 1), (3, 33, 33), (4, 16, 65), (5, 8, 12), (6, 257, 3), (17, 31, 48), (15, 8, 63), (16, 12, 64),
                     (65, 17, 49), (129, 30, 31), (512, 512, 512),
                 })
        {
            CaseData data = new(seed: 10);
            double products = (double)rows * inputs * outputs;
            yield return new OpCase
            {
                Op = op,
                Label = $"[{rows}, {inputs}] to {outputs}",
                Inputs = [data.Normal("x", new Shape(rows, inputs)), data.Normal("weight", new Shape(outputs, inputs))],
                Run = (tape, x) => [run(tape, x)],
                Reference = x => [Definition(x[0], x[1], rows, inputs, outputs)],
                Reason = "Sums of products in float: a few ulp of the greatest partial sum.",
                Differentiable = false,
                Forward = new Cost(2 * products, 4.0 * (rows * inputs + inputs * outputs + rows * outputs)),
            };
        }
    }

    private static double[] Definition(double[] x, double[] weight, int rows, int inputs, int outputs)
    {
        double[] y = new double[rows * outputs];
        for (int i = 0; i < y.Length; i++)
        {
            ReadOnlySpan<double> row = x.AsSpan(i / outputs * inputs, inputs);
            ReadOnlySpan<double> column = weight.AsSpan(i % outputs * inputs, inputs);
            for (int k = 0; k < inputs; k++)
            {
                y[i] += row[k] * column[k];
            }
        }

        return y;
    }
}
