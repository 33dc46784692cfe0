using System.CommandLine;

namespace Calm.Cli;

/// <summary>The options for the times and the gaps of a CSV file.</summary>
internal sealed class SeriesFileOptions
{
    private static readonly Dictionary<string, DateOrder> Orders = new()
    {
        ["day-first"] = DateOrder.DayFirst, ["month-first"] = DateOrder.MonthFirst,
    };

    private static readonly Dictionary<string, GapFill> Fills = new()
    {
        ["previous"] = GapFill.Previous, ["linear"] = GapFill.Linear, ["drop"] = GapFill.Drop,
    };

    private readonly Option<string?> _time = new("--time")
    {
        Description = "Column of the CSV file that must rise from row to row: numbers or dates; default: the first if it "
            + "holds dates",
    };

    private readonly Option<string?> _dates = new("--dates")
    {
        Description = "Order in dates such as 1/2/2024: day-first or month-first; default: found in the column",
    };

    private readonly Option<string?> _fill = new("--fill")
    {
        Description = "What stands for rows and values that the CSV file lacks: previous, linear (a line between), or drop "
            + "(left out, the rest joined); without it such a file is refused",
    };

    /// <summary>Adds its options.</summary>
    public SeriesFileOptions(Command command)
    {
        _dates.TakeOneOf([.. Orders.Keys]);
        _fill.TakeOneOf([.. Fills.Keys]);
        All = [_time, _dates, _fill];
        Array.ForEach(All, command.Options.Add);
    }

    /// <summary>All of them.</summary>
    public Option[] All { get; }

    /// <summary>The reading of a file: as typed, else as that of an earlier series.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="columns">The columns to take.</param>
    /// <param name="earlier">The earlier series, or null.</param>
    public SeriesFormat Format(ParseResult parsed, IReadOnlyList<string> columns, SeriesInfo? earlier)
    {
        string? time = parsed.GetValue(_time);
        return new SeriesFormat(
            columns, time ?? earlier?.Clock?.Column,
            parsed.GetValue(_dates) is { } order ? Orders[order] : earlier?.Clock?.Dates,
            parsed.GetValue(_fill) is { } fill ? Fills[fill] : earlier?.Fill ?? GapFill.Refuse)
        {
            IsTimeOptional = time is null,
        };
    }
}
