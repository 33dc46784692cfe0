namespace Calm.Kernels;

/// <content>The definition, in double.</content>
public static partial class ClampedKl
{
    internal static double[] Reference(double[] mean, double[] logStd, int columns, double floor, double scale)
    {
        double loss = 0;
        for (int i = 0; i < mean.Length; i++)
        {
            double divergence = 0.5 * (mean[i] * mean[i] + Math.Exp(2 * logStd[i]) - 1 - 2 * logStd[i]);
            loss += scale * Math.Max(floor, divergence) * columns / mean.Length;
        }

        return [loss];
    }
}
