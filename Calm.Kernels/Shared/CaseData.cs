using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Repeatable random operands for cases: exact floats, so that definition and op get the same numbers.</summary>
/// <param name="seed">Cases with equal seeds get equal numbers.</param>
public sealed class CaseData(uint seed)
{
    private uint _next;

    /// <summary>Normal numbers.</summary>
    public CaseInput Normal(string name, Shape shape, double scale = 1, double mean = 0, bool differentiable = true) =>
        new(name, shape, Draw(shape, NormalTransform, scale, mean), differentiable, IsAnyNumber: true);

    /// <summary>Uniform numbers in [0, 1).</summary>
    public CaseInput Uniform(string name, Shape shape, bool differentiable = true) =>
        new(name, shape, Draw(shape, static word => (word >> 8) / 16777216.0, 1, 0), differentiable);

    /// <summary>Integers in [0, bound).</summary>
    public CaseInput Integers(string name, Shape shape, int bound) =>
        new(name, shape, Draw(shape, word => word % (uint)bound, 1, 0), Differentiable: false, IsInteger: true);

    /// <summary>
    /// The random numbers of rows by their global indices: column c of row r is number rows[r] * columns + c.
    /// </summary>
    public static double[] PerRow(double[] rows, int columns, Func<ulong, float> number)
    {
        double[] values = new double[rows.Length * columns];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = number((ulong)rows[i / columns] * (ulong)columns + (ulong)(i % columns));
        }

        return values;
    }

    private static double NormalTransform(uint word)
    {
        double q = ((word & 0x7fffffff) + 0.5) / 4294967296.0;
        double x = Math.Sqrt(-2 * Math.Log(q)); // heavier than normal near zero, which is of no matter here
        return word >> 31 == 0 ? x - 0.8 : 0.8 - x;
    }

    private Func<double[]> Draw(Shape shape, Func<uint, double> transform, double scale, double mean)
    {
        RandomStream stream = new(seed, _next++, 0);
        return () => Draw(stream, shape, transform, scale, mean);
    }

    private static double[] Draw(
        RandomStream stream, Shape shape, Func<uint, double> transform, double scale, double mean)
    {
        double[] values = new double[shape.Count];
        Span<uint> words = stackalloc uint[4];
        for (int i = 0; i < values.Length; i++)
        {
            if (i % 4 == 0)
            {
                Philox.Block(stream, (ulong)i / 4, words);
            }

            values[i] = (float)(mean + scale * transform(words[i % 4]));
        }

        return values;
    }
}
