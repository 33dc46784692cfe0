namespace Calm.Kernels;

/// <content>The definition, in double.</content>
public static partial class RmsNorm
{
    internal static double[] Reference(double[] x, double[] weight, double epsilon)
    {
        int columns = weight.Length;
        double[] y = new double[x.Length];
        for (int row = 0; row < x.Length / columns; row++)
        {
            double meanSquare = 0;
            for (int c = 0; c < columns; c++)
            {
                meanSquare += x[row * columns + c] * x[row * columns + c] / columns;
            }

            for (int c = 0; c < columns; c++)
            {
                y[row * columns + c] = weight[c] * x[row * columns + c] / Math.Sqrt(meanSquare + epsilon);
            }
        }

        return y;
    }
}
