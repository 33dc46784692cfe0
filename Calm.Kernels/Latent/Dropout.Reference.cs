namespace Calm.Kernels;

/// <content>The definition, in double.</content>
public static partial class Dropout
{
    internal static double[] Reference(double[] x, double[] keep, double probability)
    {
        double[] y = new double[x.Length];
        for (int i = 0; i < y.Length; i++)
        {
            y[i] = x[i] * keep[i] / (1 - probability);
        }

        return y;
    }
}
