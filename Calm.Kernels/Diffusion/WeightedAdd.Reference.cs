namespace Calm.Kernels;

/// <content>The definition, in double.</content>
public static partial class WeightedAdd
{
    internal static double[] Reference(double[] x, double[] y, int columns, double[] weights, int width)
    {
        double[] z = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            int row = weights.Length == width ? 0 : i / columns;
            z[i] = weights[row * width] * x[i] + weights[row * width + 1] * y[i];
        }

        return z;
    }
}
