namespace Calm.Training;

/// <summary>The last values of a number that changes from step to step, against which the next one is held.</summary>
internal sealed class RecentValues
{
    private const int Most = 128; // as many as llm.c looks back

    private readonly Queue<double> _values = new(Most);

    /// <summary>Whether a stored list can be such values.</summary>
    public static bool CanBe(double[]? values) => values is null || (values.Length <= Most && values.All(double.IsFinite));

    /// <summary>
    /// Standard deviations by which a value lies above the mean of the last ones; 0 as long as these are few or all the same.
    /// </summary>
    public double DeviationsAbove(double value)
    {
        if (_values.Count < Most)
        {
            return 0;
        }

        double mean = _values.Average();
        double deviation = Math.Sqrt(_values.Average(one => (one - mean) * (one - mean)));
        return deviation > 0 ? (value - mean) / deviation : 0;
    }

    /// <summary>Adds the value of a step, in place of the oldest.</summary>
    public void Add(double value)
    {
        if (_values.Count == Most)
        {
            _values.Dequeue();
        }

        _values.Enqueue(value);
    }

    /// <summary>The values, oldest first.</summary>
    public double[] ToArray() => [.. _values];

    /// <summary>Puts stored values in place of these.</summary>
    public void Restore(IEnumerable<double> values)
    {
        _values.Clear();
        foreach (double value in values)
        {
            Add(value);
        }
    }
}
