using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The definition, in double.</content>
public static partial class UniformNoise
{
    internal static double[] Reference(double[] rows, int columns, RandomStream stream)
    {
        double[] y = new double[rows.Length * columns];
        for (int i = 0; i < y.Length; i++)
        {
            y[i] = stream.Uniform((ulong)rows[i / columns] * (ulong)columns + (ulong)(i % columns)) - 0.5;
        }

        return y;
    }
}
