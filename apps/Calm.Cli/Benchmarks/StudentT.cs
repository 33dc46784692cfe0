namespace Calm.Cli;

/// <summary>Quantiles of Student's t distribution.</summary>
internal static class StudentT
{
    /// <summary>
    /// The 0.975 quantile, by an expansion in one over the degrees of freedom. It is exact for one and two degrees, from three
    /// on within 1 %. Source: Abramowitz and Stegun 1964, 26.7.5.
    /// </summary>
    /// <param name="freedom">Degrees of freedom, at least 1.</param>
    public static double Quantile975(int freedom)
    {
        const double z = 1.959963984540054;
        double z3 = z * z * z;
        double z5 = z3 * z * z;
        double z7 = z5 * z * z;
        return freedom switch
        {
            1 => 12.706204736174698,
            2 => 4.302652729749464,
            _ => z + ((z3 + z) / (4.0 * freedom)) + (((5 * z5) + (16 * z3) + (3 * z)) / (96.0 * freedom * freedom))
                + (((3 * z7) + (19 * z5) + (17 * z3) - (15 * z)) / (384.0 * freedom * freedom * freedom)),
        };
    }
}
