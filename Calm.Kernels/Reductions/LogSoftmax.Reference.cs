namespace Calm.Kernels;

/// <content>The definition of a row, in double.</content>
public static partial class LogSoftmax
{
    internal static IEnumerable<double> Reference(double[] x)
    {
        double max = x.Max();
        double logSum = Math.Log(x.Sum(v => Math.Exp(v - max)));
        return x.Select(v => v - max - logSum);
    }
}
