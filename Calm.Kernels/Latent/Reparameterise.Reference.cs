namespace Calm.Kernels;

/// <content>The definition, in double.</content>
public static partial class Reparameterise
{
    internal static double[] Reference(double[] mean, double[] logStd, double[] noise)
    {
        double[] z = new double[mean.Length];
        for (int i = 0; i < z.Length; i++)
        {
            z[i] = mean[i] + noise[i] * Math.Exp(logStd[i]);
        }

        return z;
    }
}
