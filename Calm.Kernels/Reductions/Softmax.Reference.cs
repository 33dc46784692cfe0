namespace Calm.Kernels;

/// <content>The definition of a row, in double.</content>
public static partial class Softmax
{
    internal static IEnumerable<double> Reference(double[] x)
    {
        double max = x.Max();
        double sum = x.Sum(v => Math.Exp(v - max));
        return x.Select(v => Math.Exp(v - max) / sum);
    }
}
