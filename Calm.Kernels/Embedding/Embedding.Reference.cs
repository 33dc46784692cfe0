namespace Calm.Kernels;

/// <content>The definition, in double.</content>
public static partial class Embedding
{
    internal static double[] Reference(double[] ids, double[] table, int columns)
    {
        double[] y = new double[ids.Length * columns];
        for (int i = 0; i < y.Length; i++)
        {
            y[i] = table[(int)ids[i / columns] * columns + i % columns];
        }

        return y;
    }
}
