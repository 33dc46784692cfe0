using Calm.Runtime;

namespace Calm.Kernels.Tests;

/// <summary>Attention of operands rounded to bfloat16, computed in double.</summary>
internal static class RoundedAttention
{
    /// <summary>For float32 sums of operands rounded alike: 3e-7 was the most seen.</summary>
    public const double FloatTolerance = 1e-5;

    /// <summary>Computes result and gradients on a device and compares them with the definition.</summary>
    /// <param name="device">A device whose precision is <see cref="Precision.BFloat16"/>.</param>
    /// <param name="sizes">The sizes, with a batch of one.</param>
    /// <param name="tolerance">Greatest difference, as a part of the greatest wanted value.</param>
    public static void Check(Device device, AttentionSizes sizes, double tolerance)
    {
        Run(device, sizes, uses: 1, tolerance);
        Run(device, sizes, uses: 2, tolerance); // the gradients of one use overwrite, those of the other add
    }

    private static void Run(Device device, AttentionSizes sizes, int uses, double tolerance)
    {
        using Tape tape = new(device);
        Shape queryShape = new(1, sizes.Queries, sizes.QueryHeads * sizes.HeadSize);
        Shape keyShape = new(1, sizes.Keys, sizes.KeyValueHeads * sizes.HeadSize);
        Tensor q = tape.From(Normal(1, (int)queryShape.Count), queryShape);
        Tensor k = tape.From(Normal(2, (int)keyShape.Count), keyShape);
        Tensor v = tape.From(Normal(3, (int)keyShape.Count), keyShape);
        Tensor dy = tape.From(Normal(4, (int)queryShape.Count), queryShape);
        Array.ForEach([q, k, v], tensor => tensor.RequiresGradient = true);
        Tensor y = q;
        for (int use = 0; use < uses; use++)
        {
            y = CausalAttention.Apply(tape, q, k, v, sizes.QueryHeads, sizes.KeyValueHeads, sizes.Start);
            y.SetGradient(tape.From(dy.ToArray(), dy.Shape));
        }

        tape.Backward();

        double[] wantedY = CausalAttention.Reference(Rounded(q), Rounded(k), Rounded(v), sizes);
        var (dq, dk, dv) = Gradients(Rounded(q), Rounded(k), Rounded(v), wantedY, Rounded(dy), sizes);
        Compare("y", wantedY, y, tolerance);
        Compare("dq", [.. dq.Select(d => uses * d)], q.Gradient!, tolerance);
        Compare("dk", [.. dk.Select(d => uses * d)], k.Gradient!, tolerance);
        Compare("dv", [.. dv.Select(d => uses * d)], v.Gradient!, tolerance);
    }

    /// <summary>Normal numbers, none of them a bfloat16 in general.</summary>
    public static float[] Normal(uint seed, int count) =>
        [.. new CaseData(seed).Normal("", new Shape(count)).Values.Select(value => (float)value)];

    private static double[] Rounded(Tensor tensor) =>
        [.. tensor.ToArray().Select(value => (double)BFloat16.RoundToFloat(value))];

    private static void Compare(string name, double[] wanted, Tensor got, double tolerance)
    {
        double greatest = wanted.Max(Math.Abs);
        double error = wanted.Zip(got.ToArray(), (want, value) => Math.Abs(want - value)).Max();
        Assert.True(error <= tolerance * greatest, $"{name}: off by {error} of {greatest}, at most {tolerance} of it allowed");
    }

    /// <summary>The formulas of CausalAttention.Gradient.cs.</summary>
    private static (double[] Dq, double[] Dk, double[] Dv) Gradients(
        double[] q, double[] k, double[] v, double[] y, double[] dy, AttentionSizes sizes)
    {
        (double[] dq, double[] dk, double[] dv) = (new double[q.Length], new double[k.Length], new double[v.Length]);
        int size = sizes.HeadSize;
        double scale = 1 / Math.Sqrt(size);
        for (int head = 0; head < sizes.QueryHeads; head++)
        {
            for (int i = 0; i < sizes.Queries; i++)
            {
                int query = (i * sizes.QueryHeads + head) * size;
                int Key(int j) => (j * sizes.KeyValueHeads + head / sizes.Group) * size;
                int seen = sizes.Start + i + 1;
                double[] weights = [.. Enumerable.Range(0, seen).Select(j => Math.Exp(scale * Dot(q, query, k, Key(j))))];
                double sum = weights.Sum();
                double rowDot = Dot(y, query, dy, query);
                for (int j = 0; j < seen; j++)
                {
                    double p = weights[j] / sum;
                    double ds = scale * p * (Dot(dy, query, v, Key(j)) - rowDot);
                    for (int c = 0; c < size; c++)
                    {
                        dq[query + c] += ds * k[Key(j) + c];
                        dk[Key(j) + c] += ds * q[query + c];
                        dv[Key(j) + c] += p * dy[query + c];
                    }
                }
            }
        }

        return (dq, dk, dv);

        double Dot(double[] a, int aFirst, double[] b, int bFirst) =>
            Enumerable.Range(0, size).Sum(c => a[aFirst + c] * b[bFirst + c]);
    }
}
