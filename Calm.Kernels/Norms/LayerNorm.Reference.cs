namespace Calm.Kernels;

/// <content>The definition, in double.</content>
public static partial class LayerNorm
{
    internal static double[] Reference(double[] x, int columns, double[]? weight, double[]? bias, double epsilon)
    {
        double[] y = new double[x.Length];
        for (int row = 0; row < x.Length / columns; row++)
        {
            double mean = 0;
            for (int c = 0; c < columns; c++)
            {
                mean += x[row * columns + c] / columns;
            }

            double variance = 0;
            for (int c = 0; c < columns; c++)
            {
                variance += Math.Pow(x[row * columns + c] - mean, 2) / columns;
            }

            for (int c = 0; c < columns; c++)
            {
                double normal = (x[row * columns + c] - mean) / Math.Sqrt(variance + epsilon);
                y[row * columns + c] = (weight?[c] ?? 1) * normal + (bias?[c] ?? 0);
            }
        }

        return y;
    }
}
