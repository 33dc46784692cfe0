namespace Calm.Kernels;

/// <content>The definition, in double.</content>
public static partial class Gelu
{
    internal static double Reference(double x)
    {
        // There erf is 1 or -1 to a double's precision, and the series overflows.
        if (Math.Abs(x) > 12)
        {
            return Math.Max(x, 0);
        }

        // erf(z) = 2 / sqrt(pi) e^-z^2 times the sum of 2^n z^(2n+1) / (1 * 3 * ... * (2n+1)), whose terms have one sign.
        double square = x * x / 2;
        double term = x / Math.Sqrt(2);
        double sum = term;
        for (int n = 1; Math.Abs(term) > 1e-17 * Math.Abs(sum); n++)
        {
            term *= 2 * square / (2 * n + 1);
            sum += term;
        }

        return x / 2 * (1 + 2 / Math.Sqrt(Math.PI) * Math.Exp(-square) * sum);
    }
}
