namespace Calm.Kernels;

/// <content>The definition, in double.</content>
public static partial class GatedResidual
{
    internal static double[] Reference(
        double[] x, double[] branch, int columns, double[] modulation, int width, int first, int draws)
    {
        double[] y = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            double gate = modulation[i / columns / draws * width + first + i % columns];
            y[i] = x[i] + gate * branch[i];
        }

        return y;
    }
}
