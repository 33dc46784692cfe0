namespace Calm.Kernels;

/// <content>The definition, in double.</content>
public static partial class SwiGlu
{
    internal static double[] Reference(double[] gateUp, int columns)
    {
        double[] y = new double[gateUp.Length / 2];
        for (int i = 0; i < y.Length; i++)
        {
            int row = i / columns;
            double gate = gateUp[row * 2 * columns + i % columns];
            double up = gateUp[row * 2 * columns + columns + i % columns];
            y[i] = gate / (1 + Math.Exp(-gate)) * up;
        }

        return y;
    }
}
