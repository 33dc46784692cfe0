namespace Calm.Training;

/// <summary>1/T = n + a: the power to which a temperature raises probabilities.</summary>
/// <param name="Whole">n, at least 1.</param>
/// <param name="Fraction">a, at least 0 and below 1; 0 where 1/T lies within 1e-6 of a whole number.</param>
internal readonly record struct InverseTemperature(int Whole, double Fraction)
{
    private const double Tolerance = 1e-6;

    /// <summary>Whether the temperature is 1/n.</summary>
    public bool IsWhole => Fraction == 0;

    /// <summary>Splits 1/T.</summary>
    /// <param name="temperature">T.</param>
    /// <returns>Null if T is not in (0, 1], or n is no 32-bit integer.</returns>
    public static InverseTemperature? Of(double temperature)
    {
        double inverse = 1 / temperature;
        if (!(temperature > 0) || temperature > 1 || inverse > int.MaxValue)
        {
            return null;
        }

        double nearest = Math.Round(inverse);
        return Math.Abs(inverse - nearest) <= Tolerance
            ? new InverseTemperature((int)nearest, 0)
            : new InverseTemperature((int)inverse, inverse - Math.Floor(inverse));
    }
}
