namespace Calm.Kernels;

/// <content>The definition, in double.</content>
public static partial class RotaryEmbedding
{
    internal static double[] Reference(
        double[] x, int positions, int columns, int rotatedHeads, int headSize, double theta, int start)
    {
        double[] y = [.. x];
        int half = headSize / 2;
        for (int row = 0; row < x.Length / columns; row++)
        {
            for (int head = 0; head < rotatedHeads; head++)
            {
                for (int k = 0; k < half; k++)
                {
                    double a = (start + row % positions) * Math.Pow(theta, -2.0 * k / headSize);
                    int i = row * columns + head * headSize + k;
                    y[i] = x[i] * Math.Cos(a) - x[i + half] * Math.Sin(a);
                    y[i + half] = x[i + half] * Math.Cos(a) + x[i] * Math.Sin(a);
                }
            }
        }

        return y;
    }
}
