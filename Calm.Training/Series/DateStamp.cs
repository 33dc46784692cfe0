using System.Text.RegularExpressions;

namespace Calm.Training;

/// <summary>The order of day and month in dates that end with the year.</summary>
internal enum DateOrder
{
    /// <summary>31/12/2024.</summary>
    DayFirst,

    /// <summary>12/31/2024.</summary>
    MonthFirst,
}

/// <summary>
/// A date and time as written. In 1/2/2024 the order of day and month is a question to the whole column: such a date is open.
/// </summary>
/// <param name="Year">1000 to 9998, so that any time zone is within the calendar.</param>
/// <param name="First">The month; if open, the first number.</param>
/// <param name="Second">The day; if open, the second number.</param>
/// <param name="IsOpen">Whether day and month may be the other way round.</param>
/// <param name="TimeOfDay">Nanoseconds since midnight.</param>
/// <param name="Offset">Minutes that the clock is ahead of UTC; null if the stamp does not say.</param>
internal readonly partial record struct DateStamp(
    short Year, byte First, byte Second, bool IsOpen, long TimeOfDay, short? Offset)
{
    /// <summary>Nanoseconds of a second.</summary>
    public const long OneSecond = 1_000_000_000;

    /// <summary>Nanoseconds of a minute.</summary>
    public const long Minute = 60 * OneSecond;

    /// <summary>Nanoseconds of an hour.</summary>
    public const long Hour = 60 * Minute;

    /// <summary>Nanoseconds of a day.</summary>
    public const long Day = 24 * Hour;

    private const int FirstYear = 1000;
    private const int LastYear = 9998;
    private const int LongestText = 64;

    private static readonly int Epoch = new DateOnly(1970, 1, 1).DayNumber;

    private static readonly string[] Months =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    /// <summary>Reads a stamp such as 2024-02-28, 2024-02-28T13:00:00.5+01:00, 28/02/2024 13:00 or 28-Feb-2024.</summary>
    public static bool TryParse(string text, out DateStamp stamp)
    {
        stamp = default;
        Match found = text.Length <= LongestText ? Pattern().Match(text) : Match.Empty;
        if (!found.Success || TimeOf(found) is not { } time)
        {
            return false;
        }

        bool startsWithYear = found.Groups["month"].Success;
        string second = found.Groups["second"].Value;
        int named = Array.FindIndex(Months, month => second.StartsWith(month, StringComparison.OrdinalIgnoreCase)) + 1;
        if (second.Length > 0 && char.IsLetter(second[0]) && named == 0)
        {
            return false;
        }

        (int a, int b) = startsWithYear ? (Number(found, "month"), found.Groups["day"].Success ? Number(found, "day") : 1)
            : named > 0 ? (named, Number(found, "first"))
            : (Number(found, "first"), Number(found, "second"));
        stamp = new DateStamp(
            (short)Number(found, "year"), (byte)a, (byte)b, !startsWithYear && named == 0, time, OffsetOf(found));
        return stamp.IsDate(DateOrder.MonthFirst) || (stamp.IsOpen && stamp.IsDate(DateOrder.DayFirst));
    }

    /// <summary>The stamp of a number such as 20240228, which is a date; null for other numbers.</summary>
    public static DateStamp? OfNumber(decimal number)
    {
        if (number is < 1900_01_01 or > 2199_12_31 || number != decimal.Truncate(number))
        {
            return null;
        }

        int digits = (int)number;
        DateStamp stamp = new((short)(digits / 10_000), (byte)(digits / 100 % 100), (byte)(digits % 100), false, 0, null);
        return stamp.IsDate(DateOrder.MonthFirst) ? stamp : null;
    }

    /// <summary>Whether there is such a day.</summary>
    public bool IsDate(DateOrder order)
    {
        (int month, int day) = Order(order);
        return Year is >= FirstYear and <= LastYear && month is >= 1 and <= 12 && day >= 1
            && day <= DateTime.DaysInMonth(Year, month);
    }

    /// <summary>Nanoseconds since 1970 by the clock that wrote the stamp.</summary>
    public decimal LocalTime(DateOrder order)
    {
        (int month, int day) = Order(order);
        return (decimal)(new DateOnly(Year, month, day).DayNumber - Epoch) * Day + TimeOfDay;
    }

    /// <summary>Nanoseconds since 1970 in UTC, or by the stamp's clock if it does not say how far that is from UTC.</summary>
    public decimal Time(DateOrder order) => LocalTime(order) - (Offset ?? 0) * Minute;

    /// <summary>A moment as ISO 8601 writes it, with as many digits as it needs; null outside of the years 1 to 9999.</summary>
    /// <param name="time">Nanoseconds since 1970.</param>
    /// <param name="offset">Minutes to show it ahead of UTC; null for a clock that does not say.</param>
    /// <param name="isDateOnly">Whether to leave the time of day out.</param>
    public static string? Text(decimal time, int? offset, bool isDateOnly)
    {
        decimal local = time + (offset ?? 0) * Minute;
        decimal day = decimal.Floor(local / Day) + Epoch;
        if (day < DateOnly.MinValue.DayNumber || day > DateOnly.MaxValue.DayNumber)
        {
            return null;
        }

        long rest = (long)(local - (day - Epoch) * Day);
        string date = DateOnly.FromDayNumber((int)day).ToString("yyyy-MM-dd");
        return isDateOnly ? date : $"{date}T{TimeText(rest)}{OffsetText(offset)}";
    }

    private static string TimeText(long nanoseconds)
    {
        string minutes = $"{nanoseconds / Hour:D2}:{nanoseconds / Minute % 60:D2}";
        long fraction = nanoseconds % OneSecond;
        return nanoseconds % Minute == 0 ? minutes
            : fraction == 0 ? $"{minutes}:{nanoseconds / OneSecond % 60:D2}"
            : $"{minutes}:{nanoseconds / OneSecond % 60:D2}.{$"{fraction:D9}".TrimEnd('0')}";
    }

    private static string OffsetText(int? offset) => offset switch
    {
        null => "",
        0 => "Z",
        { } minutes => $"{(minutes < 0 ? '-' : '+')}{Math.Abs(minutes) / 60:D2}:{Math.Abs(minutes) % 60:D2}",
    };

    private (int Month, int Day) Order(DateOrder order) =>
        IsOpen && order == DateOrder.DayFirst ? (Second, First) : (First, Second);

    private static long? TimeOf(Match found)
    {
        int hour = Number(found, "hour");
        string half = found.Groups["half"].Value.ToUpperInvariant();
        if (half.Length > 0)
        {
            hour = hour is >= 1 and <= 12 ? hour % 12 + (half[0] == 'P' ? 12 : 0) : -1;
        }

        int minute = Number(found, "minute");
        int second = Number(found, "seconds");
        long fraction = found.Groups["fraction"].Success ? long.Parse(found.Groups["fraction"].Value.PadRight(9, '0')) : 0;
        long time = hour * Hour + minute * Minute + second * OneSecond + fraction;
        return hour >= 0 && minute < 60 && second < 60 && time <= Day ? time : null;
    }

    private static short? OffsetOf(Match found)
    {
        string zone = found.Groups["zone"].Value.Replace(":", "", StringComparison.Ordinal);
        if (zone.Length == 0)
        {
            return null;
        }

        int hours = zone[0] is '+' or '-' ? int.Parse(zone[1..3]) : 0;
        int minutes = zone.Length == 5 ? int.Parse(zone[3..5]) : 0;
        return (short)((zone[0] == '-' ? -1 : 1) * (60 * hours + minutes));
    }

    private static int Number(Match found, string group) =>
        found.Groups[group] is { Success: true } part ? int.Parse(part.Value) : 0;

    [GeneratedRegex(
        """
        ^(?: (?<year>[0-9]{4}) (?<s>[-/.]) (?<month>[0-9]{1,2}) (?: \k<s> (?<day>[0-9]{1,2}) )?
           | (?<first>[0-9]{1,2}) (?<s>[-/.\x20]) (?<second> [0-9]{1,2} | [A-Za-z]{3,9} ) \k<s> (?<year>[0-9]{4}) )
         (?: [Tt\x20] (?<hour>[0-9]{1,2})
             (?: : (?<minute>[0-9]{2}) (?: : (?<seconds>[0-9]{2}) (?: [.,] (?<fraction>[0-9]{1,9}) )? )? )?
             (?: \x20? (?<half>[AaPp][Mm]) )?
             (?: \x20? (?<zone> [Zz] | UTC | GMT | [-+][0-9]{2} (?: :? [0-9]{2} )? ) )? )?$
        """,
        RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Pattern();
}
