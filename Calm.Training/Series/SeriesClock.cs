using System.Globalization;
using System.Text.Json.Serialization;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>The times of a series' rows, as far as its forecasts need them.</summary>
/// <param name="Column">The column that holds them.</param>
/// <param name="Step">From row to row; null if it is not regular.</param>
/// <param name="Last">The time of the last row: a number, or nanoseconds since 1970.</param>
/// <param name="AreDates">Whether times are dates.</param>
/// <param name="IsDateOnly">Whether they have no time of day.</param>
/// <param name="Offset">Minutes that the clock of the last row is ahead of UTC; null if it does not say.</param>
/// <param name="Dates">The order of day and month; null if it is no question.</param>
internal sealed record SeriesClock(
    string Column, TimeStep? Step, decimal Last, bool AreDates, bool IsDateOnly, int? Offset, DateOrder? Dates)
{
    private const string DefaultName = "time";
    private const decimal FarthestTime = 1e21m;
    private const int LargestOffset = 100 * 60;

    /// <summary>The name of the column of times in a forecast.</summary>
    [JsonIgnore]
    public string Name => Column.Length > 0 ? Column : DefaultName;

    /// <summary>The step in words, with the unit of numbers that count from 1970.</summary>
    [JsonIgnore]
    public string StepText => Step is { Kind: StepKind.Number } step && EpochUnit() is { } unit
        ? $"{step.Text} ({new TimeStep(StepKind.Duration, step.Size * unit).Text})"
        : Step?.Text ?? "none";

    /// <summary>A time as text: ISO 8601, or a number.</summary>
    public string Text(decimal time) => AreDates
        ? DateStamp.Text(time, Offset, IsDateOnly) ?? throw BeyondCalendar()
        : time.ToString("0.#############################", CultureInfo.InvariantCulture);

    /// <summary>The times of the rows after the last; null if the step is not regular.</summary>
    /// <exception cref="CalmException">They leave the calendar.</exception>
    public string[]? After(int rows) => Step is null
        ? null
        : [.. Enumerable.Range(1, rows).Select(steps => Text(Step.After(Last, steps) ?? throw BeyondCalendar()))];

    /// <summary>An error in times read from a run's file; null for none.</summary>
    [JsonIgnore]
    public string? Fault =>
        Math.Abs(Last) > FarthestTime || Math.Abs(Offset ?? 0) > LargestOffset
            || (AreDates && DateStamp.Text(Last, Offset, IsDateOnly) is null) ? $"clock.last is {Last}"
            : Step is { } step && (step.Kind == StepKind.Number) == AreDates ? $"clock.step.kind is {step.Kind}"
            : Step is { IsPossible: false } wrong ? $"clock.step.size is {wrong.Size}"
            : null;

    private static CalmException BeyondCalendar() => new("rows: the last of them are after the year 9999; ask for fewer.");

    /// <summary>Nanoseconds of the unit of numbers that are times since 1970, between 2001 and 2286; null for others.</summary>
    private decimal? EpochUnit() => Math.Abs(Last) switch
    {
        >= 1e9m and < 1e10m => DateStamp.OneSecond,
        >= 1e12m and < 1e13m => 1_000_000,
        >= 1e15m and < 1e16m => 1000,
        >= 1e18m and < 1e19m => 1,
        _ => null,
    };
}
