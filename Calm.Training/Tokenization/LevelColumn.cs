using System.Globalization;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>The rule that divides a column's values into levels.</summary>
internal enum LevelRule
{
    /// <summary>Equal widths between the 0.1 and the 99.9 percentile of the training part.</summary>
    Uniform,

    /// <summary>Equal shares of the training part; where quantiles coincide there are fewer levels.</summary>
    Quantile,
}

/// <summary>
/// Levels of a column. Level i holds the values from <c>Edges[i]</c> to below <c>Edges[i + 1]</c>; values outside belong
/// to the first or the last level. Each level is represented by one value.
/// </summary>
/// <remarks>
/// Error of a value inside [Edges[0], Edges[^1]]: with <see cref="LevelRule.Uniform"/> a level is its middle,
/// at most 0.505 of its width off; with <see cref="LevelRule.Quantile"/> its median in the training part, at most
/// its width. The 0.005 allows numbers of few digits. Outside there is no bound: those values are clipped.
/// </remarks>
/// <param name="Name">The column.</param>
/// <param name="Edges">Rising, one more than there are levels.</param>
/// <param name="Values">The value that represents each level, between its edges.</param>
internal sealed record LevelColumn(string Name, double[] Edges, double[] Values)
{
    /// <summary>Share of a level's width that rounding to a shorter number may cost.</summary>
    private const double ShorteningError = 0.005;

    private const double LowShare = 0.001;
    private const double HighShare = 0.999;

    /// <summary>Number of levels.</summary>
    public int Levels => Values.Length;

    /// <summary>Fits levels to the values of a training part.</summary>
    /// <param name="name">The column.</param>
    /// <param name="training">Its values, in any order.</param>
    /// <param name="levels">Number of levels, at least 2.</param>
    /// <param name="rule">The rule that divides the values.</param>
    /// <exception cref="SettingException">All values are the same.</exception>
    public static LevelColumn Fit(string name, IEnumerable<double> training, int levels, LevelRule rule)
    {
        double[] sorted = [.. training.Order()];
        (double low, double high) = rule == LevelRule.Uniform ? (LowShare, HighShare) : (0, 1);
        double first = Quantile(sorted, low);
        double last = Quantile(sorted, high);
        IEnumerable<double> edges = Enumerable.Range(0, levels + 1).Select(i => (double)i / levels).Select(
            share => rule == LevelRule.Uniform ? Line(first, last, share) : Quantile(sorted, share));
        double[] distinct = [.. edges.Distinct()];
        if (distinct.Length < 2)
        {
            throw new SettingException($"column {name}: nearly all values of the training part are {first}; leave it out.");
        }

        double[] values = new double[distinct.Length - 1];
        for (int i = 0; i < values.Length; i++)
        {
            double exact = rule == LevelRule.Uniform
                ? Line(distinct[i], distinct[i + 1], 0.5)
                : Median(sorted, distinct[i], distinct[i + 1], isLast: i == values.Length - 1);
            values[i] = Shorten(exact, distinct[i], distinct[i + 1]);
        }

        return new LevelColumn(name, distinct, values);
    }

    /// <summary>The level of a value.</summary>
    public int LevelOf(double value)
    {
        int found = Array.BinarySearch(Edges, value);
        return Math.Clamp(found >= 0 ? found : ~found - 1, 0, Levels - 1);
    }

    /// <summary>Whether a value lies outside all levels and is clipped.</summary>
    public bool Clips(double value) => value < Edges[0] || value > Edges[^1];

    /// <summary>An error in numbers read from a file, or null.</summary>
    public string? Fault()
    {
        if (Values.Length < 1 || Edges.Length != Values.Length + 1)
        {
            return $"column {Name} has {Edges.Length} edges and {Values.Length} values";
        }

        for (int i = 0; i < Values.Length; i++)
        {
            if (!(double.IsFinite(Edges[i]) && Edges[i] < Edges[i + 1] && LevelOf(Values[i]) == i && !Clips(Values[i])))
            {
                return $"column {Name}: level {i} is written as {Values[i]}, its edges are {Edges[i]} and {Edges[i + 1]}";
            }
        }

        return null;
    }

    /// <summary>The quantile of a share in [0, 1], linear between the two nearest values.</summary>
    public static double Quantile(ReadOnlySpan<double> sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return Line(sorted[below], sorted[above], place - below);
    }

    /// <summary>A value between two others, also where their difference is not finite.</summary>
    private static double Line(double first, double last, double share) =>
        double.IsFinite(last - first) ? first + (last - first) * share : first * (1 - share) + last * share;

    private static double Median(double[] sorted, double low, double high, bool isLast)
    {
        int start = FirstNotBelow(sorted, low);
        int end = isLast ? sorted.Length : FirstNotBelow(sorted, high);
        return end > start ? Quantile(sorted.AsSpan(start, end - start), 0.5) : Line(low, high, 0.5);
    }

    private static int FirstNotBelow(double[] sorted, double value)
    {
        int low = 0;
        int high = sorted.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = sorted[middle] < value ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    /// <summary>The shortest decimal number near a value that is in the same level.</summary>
    private static double Shorten(double value, double low, double high)
    {
        for (int digits = 1; digits < 17; digits++)
        {
            double shorter = double.Parse(
                value.ToString($"G{digits}", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            if (Math.Abs(shorter - value) <= ShorteningError * (high - low) && shorter >= low && shorter < high)
            {
                return shorter;
            }
        }

        return value;
    }
}
