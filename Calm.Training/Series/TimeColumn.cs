using System.Globalization;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>The times of all rows, of one kind and rising.</summary>
/// <param name="Times">Numbers, or nanoseconds since 1970.</param>
/// <param name="Clock">Their step and the last of them.</param>
/// <param name="Remark">A sentence about the clock's changes; null for none.</param>
internal sealed record TimeRows(decimal[] Times, SeriesClock Clock, string? Remark);

/// <summary>
/// Reads a column of times: numbers, or dates with or without time and time zone. The column as a whole decides the order of
/// day and month, whether a clock was set for daylight saving, and the step.
/// </summary>
/// <param name="path">The file, for messages.</param>
/// <param name="name">The column.</param>
/// <param name="dates">The order of day and month; null to find it.</param>
internal sealed class TimeColumn(string path, string name, DateOrder? dates)
{
    private const decimal LargestNumber = 1e19m;

    private readonly List<decimal> _numbers = [];
    private readonly List<DateStamp> _stamps = [];
    private readonly List<int> _lines = [];

    /// <summary>The line of a row.</summary>
    public int Line(int row) => _lines[row];

    /// <summary>Whether a field is a date, and no number.</summary>
    public static bool IsDate(string field) => !TryNumber(field, out _) && DateStamp.TryParse(field.Trim(), out _);

    /// <summary>Adds the time of a row.</summary>
    /// <exception cref="CalmException">It is none.</exception>
    public void Add(string field, int line)
    {
        _lines.Add(line);
        bool isNumber = TryNumber(field, out decimal number);
        DateStamp stamp = default;
        if (!isNumber && !DateStamp.TryParse(field.Trim(), out stamp))
        {
            throw Wrong(line, SeriesField.IsMissing(field)
                ? "the time is missing; leave the row out"
                : $"'{field}' is neither a number nor a date such as 2024-02-28, 2024-02-28T13:00:00Z or 28/02/2024 13:00");
        }

        if (isNumber ? _stamps.Count > 0 : _numbers.Count > 0)
        {
            throw Wrong(line, $"'{field}' is a {(isNumber ? "number" : "date")}, the time in the rows before is not");
        }

        if (_stamps.Count > 0 && (stamp.Offset is null) != (_stamps[0].Offset is null))
        {
            throw Wrong(
                line, $"'{field}' has {(stamp.Offset is null ? "no" : "a")} time zone, unlike the rows before; give all or none");
        }

        if (isNumber)
        {
            _numbers.Add(number);
        }
        else
        {
            _stamps.Add(stamp);
        }
    }

    /// <summary>Reads the column as a whole.</summary>
    /// <exception cref="CalmException">Day and month cannot be told apart, or times do not rise.</exception>
    public TimeRows Read()
    {
        if (_numbers.Count > 0 && _numbers.All(number => DateStamp.OfNumber(number) is not null))
        {
            _stamps.AddRange(_numbers.Select(number => DateStamp.OfNumber(number)!.Value));
            _numbers.Clear();
        }

        if (_stamps.Count == 0)
        {
            return Rows([.. _numbers], null, null);
        }

        DateOrder? order = FindOrder();
        DateOrder used = order ?? DateOrder.MonthFirst;
        decimal[] times = [.. _stamps.Select(stamp => stamp.Time(used))];
        if (_stamps[0].Offset is null)
        {
            DaylightSaving? changes = DaylightSaving.Find(times);
            return Rows(changes?.Straighten() ?? times, order, Describe(changes));
        }

        TimeRows rows = Rows(times, order, null);

        // Days of a place with daylight saving have 23 to 25 hours, but all begin at the same time of its clock.
        decimal[] local = [.. _stamps.Select(stamp => stamp.LocalTime(used))];
        return rows.Clock.Step is null && Step(local) is { } step
            ? rows with { Times = local, Clock = rows.Clock with { Step = step } }
            : rows;
    }

    private TimeRows Rows(decimal[] times, DateOrder? order, string? remark)
    {
        bool areDates = _stamps.Count > 0;
        SeriesClock clock = new(
            name, null, areDates ? _stamps[^1].Time(order ?? DateOrder.MonthFirst) : times[^1], areDates,
            _stamps.All(stamp => stamp.TimeOfDay == 0 && stamp.Offset is null), areDates ? _stamps[^1].Offset : null, order);
        RequireRising(times, clock);
        return new TimeRows(times, clock with { Step = Step(times) }, remark);
    }

    private TimeStep? Step(decimal[] times) => TimeStep.Find(times, _stamps.Count > 0);

    private DateOrder? FindOrder()
    {
        int open = _stamps.FindIndex(stamp => stamp.IsOpen);
        if (open < 0 || dates is not null)
        {
            DateOrder? given = open < 0 ? null : dates;
            int wrong = given is { } order ? _stamps.FindIndex(stamp => !stamp.IsDate(order)) : -1;
            return wrong < 0
                ? given
                : throw Wrong(_lines[wrong], $"{Written(wrong)} is no date with {InWords(given!.Value)}; "
                    + $"dates={Setting(given.Value == DateOrder.DayFirst ? DateOrder.MonthFirst : DateOrder.DayFirst)} reads it");
        }

        int noDayFirst = _stamps.FindIndex(stamp => !stamp.IsDate(DateOrder.DayFirst));
        int noMonthFirst = _stamps.FindIndex(stamp => !stamp.IsDate(DateOrder.MonthFirst));
        return (noDayFirst >= 0, noMonthFirst >= 0) switch
        {
            (true, false) => DateOrder.MonthFirst,
            (false, true) => DateOrder.DayFirst,
            (false, false) => throw Wrong(
                _lines[open], $"{Written(open)} may begin with the day or the month, and no row tells; "
                + $"dates={Setting(DateOrder.DayFirst)} or dates={Setting(DateOrder.MonthFirst)} says which"),
            _ => throw Wrong(
                _lines[noDayFirst], $"{Written(noDayFirst)} begins with the month, but {Written(noMonthFirst)} of line "
                + $"{_lines[noMonthFirst]} with the day; write all dates alike"),
        };
    }

    private string Written(int row) => $"{_stamps[row].First}/{_stamps[row].Second}/{_stamps[row].Year}";

    private static string InWords(DateOrder order) => order == DateOrder.DayFirst ? "the day first" : "the month first";

    private static string Setting(DateOrder order) => order == DateOrder.DayFirst ? "day-first" : "month-first";

    private void RequireRising(decimal[] times, SeriesClock clock)
    {
        int[] wrong = [.. Enumerable.Range(1, times.Length - 1).Where(row => times[row] <= times[row - 1])];
        if (wrong.Length == 0)
        {
            return;
        }

        int first = wrong[0];
        SeriesClock own = clock with { Offset = _stamps.Count > 0 ? _stamps[first].Offset : null };
        string what = wrong.Length == times.Length - 1 && times[first] < times[first - 1]
            ? "rows run from new to old; sort them by time, the oldest first"
            : times[first] == times[first - 1]
                ? "it is the time of the row before; leave one of the two out"
                : "rows must rise in time; sort them, the oldest first";
        string others = wrong.Length > 1 ? $" ({Readable.Count(wrong.Length)} rows are such)" : "";
        throw Wrong(_lines[first], $"'{own.Text(times[first])}' is not later than the row before: {what}{others}");
    }

    private string? Describe(DaylightSaving? changes) =>
        changes is null || changes.Back.Count + changes.Forward.Count == 0
            ? null
            : $"column {name}: a local clock, set back at {Lines(changes.Back)} and forward at {Lines(changes.Forward)} for "
            + "daylight saving; no hour is missing there, and none is double";

    private string Lines(List<int> rows) => rows.Count switch
    {
        0 => "no line",
        1 => $"line {_lines[rows[0]]}",
        _ => $"lines {string.Join(", ", rows.Select(row => _lines[row]))}",
    };

    private CalmException Wrong(int line, string what) => new($"{path}: line {line}, column {name}: {what}.");

    // Nanoseconds since 1970 have more digits than a double.
    private static bool TryNumber(string field, out decimal number) =>
        decimal.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out number)
        && Math.Abs(number) <= LargestNumber && !field.Contains('\0', StringComparison.Ordinal);
}
