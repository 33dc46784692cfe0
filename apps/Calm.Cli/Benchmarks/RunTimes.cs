namespace Calm.Cli;

/// <summary>Times of an op, from visits that were spread over the benchmark.</summary>
internal sealed class RunTimes
{
    private readonly List<double[]> _visits = [];
    private double[]? _sorted;

    /// <summary>Adds the seconds of a visit's runs, at least one.</summary>
    public void Add(double[] seconds)
    {
        _visits.Add([.. seconds.Order()]);
        _sorted = null;
    }

    /// <summary>Number of visits.</summary>
    public int Visits => _visits.Count;

    /// <summary>Number of timed runs.</summary>
    public int Runs => _visits.Sum(visit => visit.Length);

    /// <summary>The shortest run.</summary>
    public double Best => Sorted[0];

    /// <summary>The median of all runs.</summary>
    public double Median => Quantile(0.5);

    /// <summary>The time below which the share q of all runs lies.</summary>
    public double Quantile(double q) => Of(Sorted, q);

    /// <summary>The median of each visit.</summary>
    public IReadOnlyList<double> Medians => [.. _visits.Select(visit => Of(visit, 0.5))];

    /// <summary>
    /// Relative standard error of the median: the standard deviation of the visits' medians over their mean and over the root
    /// of their number. Infinite for one visit.
    /// </summary>
    public double Noise => RelativeError(Medians);

    /// <summary>The median with its interval of 95 %, by Student's distribution over the visits.</summary>
    public Estimate Interval
    {
        get
        {
            double half = Visits < 2 ? double.NaN : Median * Noise * StudentT.Quantile975(Visits - 1);
            return new Estimate(Median, Median - half, Median + half);
        }
    }

    private double[] Sorted => _sorted ??= [.. _visits.SelectMany(visit => visit).Order()];

    /// <summary>Standard deviation of the mean of numbers, over that mean.</summary>
    internal static double RelativeError(IReadOnlyList<double> numbers)
    {
        if (numbers.Count < 2)
        {
            return double.PositiveInfinity;
        }

        double mean = numbers.Average();
        double variance = numbers.Sum(x => (x - mean) * (x - mean)) / (numbers.Count - 1);
        return Math.Sqrt(variance / numbers.Count) / mean;
    }

    /// <summary>The median of a sorted array lies between its two middle elements, if there are two.</summary>
    private static double Of(double[] sorted, double q)
    {
        double place = q * (sorted.Length - 1);
        int below = (int)place;
        double above = sorted[Math.Min(below + 1, sorted.Length - 1)];
        return sorted[below] + ((place - below) * (above - sorted[below]));
    }
}
