namespace Calm.Training;

/// <summary>An estimate with its 95 % interval.</summary>
/// <param name="Value">The estimate.</param>
/// <param name="Low">Lower end of the interval; NaN if there is none.</param>
/// <param name="High">Upper end of the interval; NaN if there is none.</param>
internal readonly record struct Estimate(double Value, double Low, double High)
{
    /// <summary>Whether there is an interval.</summary>
    public bool HasInterval => double.IsFinite(Low) && double.IsFinite(High);

    /// <summary>A value without an interval.</summary>
    public static Estimate Exact(double value) => new(value, double.NaN, double.NaN);

    /// <summary>A value that is about normal, with a variance.</summary>
    public static Estimate Normal(double value, double variance)
    {
        double half = Statistics.Normal975 * Math.Sqrt(variance);
        return new Estimate(value, value - half, value + half);
    }

    /// <summary>Whether both have intervals and these overlap.</summary>
    public bool Overlaps(Estimate other) =>
        HasInterval && other.HasInterval && Low <= other.High && other.Low <= High;

    /// <summary>The same in another unit.</summary>
    public Estimate Times(double factor) => new(factor * Value, factor * Low, factor * High);

    /// <summary>Adds the value by its name, and the ends of the interval, if there is one, as nameLow and nameHigh.</summary>
    public void AddTo(Dictionary<string, double> values, string name)
    {
        values[name] = Value;
        if (HasInterval)
        {
            values[name + "Low"] = Low;
            values[name + "High"] = High;
        }
    }
}
