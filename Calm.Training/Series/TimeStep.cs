using System.Globalization;
using System.Text.Json.Serialization;

namespace Calm.Training;

/// <summary>The kinds of a regular step.</summary>
internal enum StepKind
{
    /// <summary>A difference of numbers.</summary>
    Number,

    /// <summary>A number of nanoseconds.</summary>
    Duration,

    /// <summary>A number of months, on the same day of each.</summary>
    Months,

    /// <summary>A number of months, on the last day of each.</summary>
    MonthEnds,

    /// <summary>From Monday to Friday, day by day.</summary>
    Weekdays,
}

/// <summary>The step of a regular series: the rule that leads from the time of a row to that of the next.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Size">The difference, in the unit of its kind.</param>
internal sealed record TimeStep(StepKind Kind, decimal Size)
{
    /// <summary>More steps than this between two rows are not counted further.</summary>
    public const int MostSteps = 1_000_000_000;

    private const decimal LargestNumber = 1e20m;
    private const int MostMonths = 120_000;
    private const decimal Tolerance = 0.01m;
    private const int ShortestMonth = 28;
    private const int DaysOfWeek = 7;
    private const int Workdays = 5;
    private const long MonthsOfYear = 12;

    /// <summary>No time of a date is as far from 1970.</summary>
    private const decimal FarthestDate = 1e21m;

    // Days are counted from the first of the year 1, a Monday.
    private static readonly int Epoch = DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    /// <summary>Whether a step that was read from a file can be one.</summary>
    [JsonIgnore]
    public bool IsPossible => Kind switch
    {
        StepKind.Number => Size is > 0 and <= LargestNumber,
        StepKind.Duration => Size is > 0 and <= FarthestDate,
        _ => Size is > 0 and <= MostMonths && Size == decimal.Truncate(Size),
    };

    /// <summary>The step in words: "1 h", "1 month", "0.5".</summary>
    [JsonIgnore]
    public string Text => Kind switch
    {
        StepKind.Number => string.Create(CultureInfo.InvariantCulture, $"{Size:0.#############################}"),
        StepKind.Duration => DurationText(Size),
        StepKind.Weekdays => "a weekday",
        _ => Size == MonthsOfYear ? "1 year" : $"{Size:0} {(Size == 1 ? "month" : "months")}",
    };

    /// <summary>
    /// The step of rising times: their most frequent difference, if all others are whole multiples of it; or months, or
    /// weekdays, if these fit. Null if there is none.
    /// </summary>
    /// <param name="times">Numbers, or nanoseconds since 1970.</param>
    /// <param name="areDates">Whether they are dates.</param>
    public static TimeStep? Find(decimal[] times, bool areDates)
    {
        if (times.Length < 2)
        {
            return null;
        }

        decimal size = MostFrequentDifference(times);
        return areDates && size >= ShortestMonth * (decimal)DateStamp.Day && MonthStep(times) is { } months ? months
            : areDates && size == DateStamp.Day && OnlyWeekdays(times) ? new TimeStep(StepKind.Weekdays, 1)
            : new TimeStep(areDates ? StepKind.Duration : StepKind.Number, size) is var step && step.Fits(times) ? step
            : null;
    }

    /// <summary>The most frequent of the positive differences; of several the smallest.</summary>
    public static decimal MostFrequentDifference(decimal[] times)
    {
        Dictionary<decimal, int> counts = [];
        for (int i = 1; i < times.Length; i++)
        {
            decimal difference = times[i] - times[i - 1];
            if (difference > 0)
            {
                counts[difference] = counts.GetValueOrDefault(difference) + 1;
            }
        }

        return counts.Count == 0 ? 0 : counts.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key).First().Key;
    }

    /// <summary>The number of steps between two times; null if it is not whole.</summary>
    public int? Between(decimal before, decimal after)
    {
        decimal steps = Kind switch
        {
            StepKind.Months or StepKind.MonthEnds => (Month(after) - Month(before)) / Size,
            StepKind.Weekdays => Weekday(after) - Weekday(before),
            _ => after - before > Size * MostSteps ? MostSteps : (after - before) / Size,
        };
        decimal whole = decimal.Round(steps);
        return Math.Abs(steps - whole) <= Tolerance && whole >= 1 ? (int)Math.Min(whole, MostSteps) : null;
    }

    /// <summary>The time some steps later; null beyond the year 9999.</summary>
    public decimal? After(decimal time, int steps) => Kind switch
    {
        StepKind.Months or StepKind.MonthEnds => AfterMonths(time, (long)Size * steps),
        StepKind.Weekdays => AfterWeekdays(time, steps),
        StepKind.Duration when Size > FarthestDate / steps => null,
        _ => time + Size * steps,
    };

    private decimal? AfterMonths(decimal time, long months)
    {
        DateOnly day = Date(time);
        (long year, long month) = Math.DivRem(Month(time) + months, MonthsOfYear);
        if (year > DateOnly.MaxValue.Year)
        {
            return null;
        }

        int days = DateTime.DaysInMonth((int)year, (int)month + 1);
        DateOnly moved = new((int)year, (int)month + 1, Kind == StepKind.MonthEnds ? days : Math.Min(day.Day, days));
        return time + (decimal)(moved.DayNumber - day.DayNumber) * DateStamp.Day;
    }

    private static decimal AfterWeekdays(decimal time, int steps)
    {
        (long week, long weekday) = Math.DivRem(Weekday(time) + steps, Workdays);
        return time + (decimal)(week * DaysOfWeek + weekday - DayOf(time)) * DateStamp.Day;
    }

    private bool Fits(decimal[] times)
    {
        for (int i = 1; i < times.Length; i++)
        {
            if (Between(times[i - 1], times[i]) is null)
            {
                return false;
            }
        }

        return true;
    }

    private static TimeStep? MonthStep(decimal[] times)
    {
        if (times.Select(time => time - decimal.Floor(time / DateStamp.Day) * DateStamp.Day).Distinct().Skip(1).Any())
        {
            return null;
        }

        DateOnly[] days = [.. times.Select(Date)];
        StepKind? kind = days.All(day => day.Day == days[0].Day) ? StepKind.Months
            : days.All(day => day.Day == DateTime.DaysInMonth(day.Year, day.Month)) ? StepKind.MonthEnds
            : null;
        decimal size = MostFrequentDifference([.. times.Select(time => (decimal)Month(time))]);
        return kind is { } found && size >= 1 && new TimeStep(found, size) is var step && step.Fits(times) ? step : null;
    }

    private static bool OnlyWeekdays(decimal[] times)
    {
        bool passesWeekend = false;
        for (int i = 0; i < times.Length; i++)
        {
            if (DayOf(times[i]) % DaysOfWeek >= Workdays || (times[i] - times[0]) % DateStamp.Day != 0)
            {
                return false;
            }

            passesWeekend |= i > 0 && times[i] - times[i - 1] > 2 * DateStamp.Day;
        }

        return passesWeekend;
    }

    private static int DayOf(decimal time) => (int)decimal.Floor(time / DateStamp.Day) + Epoch;

    private static DateOnly Date(decimal time) => DateOnly.FromDayNumber(DayOf(time));

    private static long Month(decimal time) => Date(time) is var date ? MonthsOfYear * date.Year + date.Month - 1 : 0;

    private static long Weekday(decimal time)
    {
        (int week, int day) = Math.DivRem(DayOf(time), DaysOfWeek);
        return week * Workdays + day;
    }

    private static string DurationText(decimal nanoseconds)
    {
        (decimal Size, string Name)[] units =
        [
            (DateStamp.Day, "d"), (DateStamp.Hour, "h"), (DateStamp.Minute, "min"), (DateStamp.OneSecond, "s"),
            (1_000_000, "ms"), (1000, "us"), (1, "ns"),
        ];
        (decimal size, string name) = units.First(unit => nanoseconds % unit.Size == 0 || unit.Size == 1);
        return string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / size:0.###} {name}");
    }
}
