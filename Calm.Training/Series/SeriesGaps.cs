using System.Globalization;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>Counts the rows and values that a file lacks, and refuses or fills them.</summary>
/// <param name="path">The file, for messages.</param>
/// <param name="columns">The columns that are read.</param>
/// <param name="fill">The rule.</param>
internal sealed class SeriesGaps(string path, string[] columns, GapFill fill)
{
    /// <summary>A file that lacks more than this share is no series with gaps.</summary>
    private const double LargestShare = 0.9;

    private int _missing;
    private string _first = "";

    /// <summary>Takes note of a value that is missing.</summary>
    public void Note(int line, string column)
    {
        if (_missing++ == 0)
        {
            _first = $"the first at line {line}, column {column}";
        }
    }

    /// <summary>The series without gaps.</summary>
    /// <param name="values">[rows, columns], NaN where a value is missing.</param>
    /// <param name="time">The column of times; null for none.</param>
    /// <param name="rows">Its times; null for none.</param>
    /// <param name="remarks">Receives a sentence about what was done.</param>
    /// <exception cref="CalmException">Something is missing and may not be, or cannot be filled.</exception>
    public SeriesReading Close(double[] values, TimeColumn? time, TimeRows? rows, List<string> remarks)
    {
        int width = columns.Length;
        int[] steps = rows is null ? [] : Steps(rows, time!, remarks);
        long absent = steps.Skip(1).Sum(step => step - 1L);
        if (absent + _missing == 0)
        {
            return Read(values, rows?.Clock);
        }

        string what = Describe(values.Length, absent, steps, time, rows);
        if (fill == GapFill.Refuse)
        {
            throw new CalmException(
                $"{path}: {what}; fill=previous, fill=linear or fill=drop (leave out, join the rest) goes on with such a file.");
        }

        remarks.Add($"{what}; {InWords}");
        if (fill == GapFill.Drop)
        {
            double[] rest = GapFilling.Drop(values, width);
            return rest.Length > 0
                ? Read(rest, rows is null ? null : rows.Clock with { Last = LastWhole(values, rows) })
                : throw new CalmException($"{path}: every row lacks a value; columns=A,B chooses columns that have them.");
        }

        long present = values.Length / width;
        if (absent > present / (1 - LargestShare) - present || (present + absent) * width > Array.MaxLength)
        {
            throw new CalmException(
                $"{path}: {what}: too many to fill; begin the file behind the gap, or fill=drop joins the rest.");
        }

        double[] whole = absent == 0 ? values : GapFilling.Insert(values, width, steps);
        RequireValues(whole);
        GapFilling.Fill(whole, width, fill == GapFill.Linear);
        return Read(whole, rows?.Clock);

        SeriesReading Read(double[] all, SeriesClock? clock) =>
            new(new SeriesTable(columns, all), clock, fill) { Remarks = remarks };
    }

    /// <summary>The time of the last row that lacks no value.</summary>
    private decimal LastWhole(double[] values, TimeRows rows)
    {
        int row = Array.FindLastIndex([.. values.Chunk(columns.Length)], whole => !whole.Any(double.IsNaN));
        return rows.Clock.Last - (rows.Times[^1] - rows.Times[row]);
    }

    private string InWords => fill switch
    {
        GapFill.Previous => "filled with the values before them, at the beginning with the first one after",
        GapFill.Linear => "filled linearly between the values around them, at the ends with the nearest",
        _ => "left out: the rows around them are taken as if adjacent",
    };

    /// <summary>The steps to each row; none if rows are taken as they come.</summary>
    private int[] Steps(TimeRows rows, TimeColumn time, List<string> remarks)
    {
        decimal[] times = rows.Times;
        if (rows.Clock.Step is { } step)
        {
            return [.. times.Select((moment, row) => row == 0 ? 1 : step.Between(times[row - 1], moment) ?? 1)];
        }

        if (times.Length < 2)
        {
            return [];
        }

        // The step that most rows have, and the first row that does not fit.
        decimal usual = TimeStep.MostFrequentDifference(times);
        TimeStep often = new(rows.Clock.AreDates ? StepKind.Duration : StepKind.Number, usual);
        int other = Enumerable.Range(1, times.Length - 1).First(row => often.Between(times[row - 1], times[row]) is null);
        TimeStep found = often with { Size = times[other] - times[other - 1] };
        string what = $"column {rows.Clock.Column} has no regular step: {often.Text} is the most frequent, line "
            + $"{time.Line(other)} comes {found.Text} after the line before";
        if (fill != GapFill.Drop)
        {
            throw new CalmException(
                $"{path}: {what}; give rows at a regular step, or fill=drop takes them as if they were.");
        }

        remarks.Add($"{what}; its rows are taken as if they had one");
        return [];
    }

    private string Describe(int count, long absent, int[] steps, TimeColumn? time, TimeRows? rows)
    {
        List<string> parts = [];
        if (absent > 0)
        {
            int first = Array.FindIndex(steps, 1, step => step > 1);
            long all = steps.Length + absent;
            parts.Add(
                $"{Readable.Count(absent)} of {Readable.Count(all)} rows {(absent == 1 ? "is" : "are")} missing "
                + $"({Percent(absent, all)}) at the step of {rows!.Clock.StepText} in column {rows.Clock.Name}, "
                + $"the first before line {time!.Line(first)}");
        }

        if (_missing > 0)
        {
            string verb = _missing == 1 ? "is" : "are";
            parts.Add(
                $"{Readable.Count(_missing)} of {Readable.Count(count)} values {verb} missing ({Percent(_missing, count)}), "
                + _first);
        }

        return string.Join("; ", parts);
    }

    private static string Percent(long part, long all) =>
        string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / all:0.##} %");

    private void RequireValues(double[] values)
    {
        for (int column = 0; column < columns.Length; column++)
        {
            int width = columns.Length;
            int place = column;
            if (Enumerable.Range(0, values.Length / width).All(row => double.IsNaN(values[row * width + place])))
            {
                throw new CalmException(
                    $"{path}: column {columns[column]} has no value at all; columns=A,B chooses the columns to read.");
            }
        }
    }
}
