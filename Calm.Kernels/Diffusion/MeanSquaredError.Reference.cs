namespace Calm.Kernels;

/// <content>The definition, in double.</content>
public static partial class MeanSquaredError
{
    internal static double[] Reference(double[] x, double[] target)
    {
        double loss = 0;
        for (int i = 0; i < x.Length; i++)
        {
            loss += (x[i] - target[i]) * (x[i] - target[i]) / x.Length;
        }

        return [loss];
    }
}
