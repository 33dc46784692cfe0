namespace Calm.Kernels;

/// <content>The definition, in double.</content>
public static partial class Modulate
{
    internal static double[] Reference(double[] x, int columns, double[] modulation, int width, int first, int draws)
    {
        double[] y = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            int row = i / columns;
            int column = i % columns;
            double shift = modulation[row / draws * width + first + column];
            double scale = modulation[row / draws * width + first + columns + column];
            y[i] = x[i] * (1 + scale) + shift;
        }

        return y;
    }
}
