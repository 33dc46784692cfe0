using System.Globalization;

namespace Calm.Cli;

/// <summary>One axis of a chart: its range, its ticks and the positions of values.</summary>
internal sealed class Axis
{
    // Beyond these a double has no room left for round ticks, or a log has no use for the value.
    private const double Largest = 1e15;
    private const double Smallest = 1e-12;

    private const double MostDecadesWithHalves = 2.5;
    private const double MostDecadesEachMarked = 7;

    private readonly bool _logarithmic;
    private readonly int _decimals;

    private Axis(double low, double high, bool logarithmic, IReadOnlyList<double> ticks)
    {
        (Low, High, _logarithmic, Ticks) = (low, high, logarithmic, ticks);
        double finest = ticks.Zip(ticks.Skip(1), (left, right) => right - left).DefaultIfEmpty(1).Min();
        _decimals = Math.Max(0, -(int)Math.Floor(Math.Log10(finest) + 1e-6));
    }

    /// <summary>The least value that it shows.</summary>
    public double Low { get; }

    /// <summary>The greatest value that it shows.</summary>
    public double High { get; }

    /// <summary>
    /// Round values: 1, 2 or 5 times a power of ten apart, or 1, 2 or 5 times powers of ten on a logarithmic axis.
    /// </summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>Whether a value can be shown at all.</summary>
    public static bool CanShow(double value) => Math.Abs(value) <= Largest;

    /// <summary>Whether a value can be shown on a log axis.</summary>
    public static bool CanShowLogarithm(double value) => value is >= Smallest and <= Largest;

    /// <summary>A linear axis.</summary>
    /// <param name="values">Values to cover. Values that cannot be shown are ignored.</param>
    /// <param name="intervals">Approximate number of intervals between ticks.</param>
    /// <param name="endAtTicks">Whether both ends are extended to ticks.</param>
    public static Axis Linear(IEnumerable<double> values, int intervals, bool endAtTicks)
    {
        (double low, double high) = Range(values.Where(CanShow));
        double step = RoundStep((high - low) / intervals);
        double first = Math.Floor(low / step + 1e-9);
        double last = Math.Ceiling(high / step - 1e-9);
        if (endAtTicks)
        {
            (low, high) = (Math.Min(low, first * step), Math.Max(high, last * step));
        }

        return new Axis(low, high, logarithmic: false, Multiples(low, high, step));
    }

    /// <summary>A logarithmic axis.</summary>
    /// <param name="values">Values to cover. Values that cannot be shown are ignored.</param>
    /// <param name="intervals">Approximate number of ticks if the values span less than a decade.</param>
    public static Axis Logarithmic(IEnumerable<double> values, int intervals)
    {
        (double low, double high) = Range(values.Where(CanShowLogarithm));
        double decades = Math.Log10(high / low);
        if (decades < 1)
        {
            return new Axis(low, high, logarithmic: true, Multiples(low, high, RoundStep((high - low) / intervals)));
        }

        int[] digits = decades <= MostDecadesWithHalves ? [1, 2, 5] : [1];
        int stride = (int)Math.Ceiling(decades / MostDecadesEachMarked);
        int lowest = (int)Math.Floor(Math.Log10(low));
        IEnumerable<double> ticks =
            from decade in Enumerable.Range(0, (int)decades / stride + 2)
            from digit in digits
            select digit * Math.Pow(10, lowest + decade * stride) into tick
            where tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)
            select tick;
        return new Axis(low, high, logarithmic: true, [.. ticks]);
    }

    /// <summary>Position of a value between two coordinates.</summary>
    public double Place(double value, double start, double end)
    {
        double share = _logarithmic
            ? Math.Log(value / Low) / Math.Log(High / Low)
            : (value - Low) / (High - Low);
        return start + Math.Clamp(share, 0, 1) * (end - start);
    }

    /// <summary>The label of a tick.</summary>
    public string Label(double tick)
    {
        double largest = Math.Max(Math.Abs(Low), Math.Abs(High));
        return tick != 0 && largest is >= 1e7 or < 1e-3 ? tick.ToString("0.#####e0", CultureInfo.InvariantCulture)
            : _logarithmic ? Readable.Short(tick)
            : Readable.Fixed(tick, _decimals);
    }

    /// <summary>Minimum and maximum of the values. An empty range is widened.</summary>
    private static (double Low, double High) Range(IEnumerable<double> values)
    {
        (double low, double high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (double value in values)
        {
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        }

        if (low > high)
        {
            return (1, 10);
        }

        double size = Math.Max(Math.Abs(low), Math.Abs(high));
        return high - low > Math.Max(1e-9 * size, Smallest) ? (low, high)
            : size < Smallest ? (0, 1)
            : (low - 0.1 * size, high + 0.1 * size);
    }

    private static double RoundStep(double step)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(step)));
        return power * (step / power) switch { < 1.5 => 1, < 3.5 => 2, < 7.5 => 5, _ => 10 };
    }

    private static double[] Multiples(double low, double high, double step)
    {
        double first = Math.Ceiling(low / step - 1e-9);
        int count = (int)Math.Floor(high / step - first + 1e-9) + 1;

        // Adding zero makes a plain zero of a negative one.
        return [.. Enumerable.Range(0, count).Select(i => (first + i) * step + 0.0)];
    }
}
