namespace Calm.Runtime;

/// <summary>
/// The inverse of the normal distribution function by arithmetic that IEEE 754 defines to the bit: additions,
/// multiplications, divisions and square roots of doubles, no library functions.
/// </summary>
internal static class NormalQuantile
{
    private const double InverseSqrtTwoPi = 0.3989422804014327;

    /// <summary>The x with P(X &gt; x) = q, for q in (0, 1/2].</summary>
    /// <param name="q">Upper tail probability.</param>
    /// <param name="x">The start of the search: not negative and not above the answer.</param>
    public static double UpperTail(double q, double x)
    {
        // Newton's method on the tail, which is convex for x > 0: from the left it converges without overshooting.
        for (int i = 0; i < 200; i++)
        {
            double step = (Tail(x, out double density) - q) / density;
            x += step;
            if (Math.Abs(step) <= 1e-15 * Math.Max(1, x))
            {
                break;
            }
        }

        return x;
    }

    /// <summary>P(X &gt; x), and the density at x.</summary>
    private static double Tail(double x, out double density)
    {
        density = InverseSqrtTwoPi * ExpOfNegative(0.5 * x * x);
        return x < 3 ? 0.5 - density * Series(x) : density * ContinuedFraction(x);
    }

    // (P(X < x) - 1/2) / density = x + x^3/3 + x^5/(3*5) + ...
    private static double Series(double x)
    {
        double term = x;
        double sum = x;
        for (int k = 1; k < 200 && term > 1e-18 * sum; k++)
        {
            term *= x * x / (2 * k + 1);
            sum += term;
        }

        return sum;
    }

    // Mills' ratio = 1 / (x + 1 / (x + 2 / (x + 3 / ...))), from the inside out.
    private static double ContinuedFraction(double x)
    {
        double fraction = x;
        for (int k = 200; k >= 1; k--)
        {
            fraction = x + k / fraction;
        }

        return 1 / fraction;
    }

    // e^-y = (e^(-y / 2^10))^(2^10), by its series and ten squarings.
    private static double ExpOfNegative(double y)
    {
        double r = -y / 1024;
        double term = 1;
        double sum = 1;
        for (int k = 1; k < 20; k++)
        {
            term *= r / k;
            sum += term;
        }

        for (int i = 0; i < 10; i++)
        {
            sum *= sum;
        }

        return sum;
    }
}
