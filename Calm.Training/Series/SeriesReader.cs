using System.Globalization;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Reads a series from a CSV file: a header with the names of the columns, then a row for each moment, oldest first. Every
/// row has as many fields as the header and every chosen field is a finite number with a decimal point; a message names
/// the line and the column of the first that is not.
/// </summary>
internal sealed class SeriesReader
{
    private const int LongestHeader = 1 << 20;

    private readonly string _path;
    private readonly CsvReader _csv;
    private readonly string[] _names;
    private readonly int[] _chosen;
    private readonly int _time;

    private SeriesReader(string path, TextReader text, IReadOnlyList<string> columns, string? time)
    {
        _path = path;
        _csv = new CsvReader(text, path, Separator(path));
        _names = ReadHeader();
        _time = time is null ? -1 : Find(time, "time");
        _chosen = columns.Count > 0
            ? [.. columns.Select(name => Find(name, "columns"))]
            : [.. Enumerable.Range(0, _names.Length).Where(column => column != _time)];
        if (_chosen.Where(column => _names[column].Length == 0).Cast<int?>().FirstOrDefault() is { } nameless)
        {
            throw new CalmException(
                $"{path}: line 1: column {nameless + 1} has no name; columns=A,B chooses the columns to read.");
        }

        if (_chosen.Length == 0 || _chosen.Distinct().Count() != _chosen.Length)
        {
            throw new SettingException($"columns {string.Join(',', columns)}: needs at least one column, each once.");
        }
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="columns">The columns to take, in this order; none for all but the time.</param>
    /// <param name="time">A column whose numbers or dates must rise from row to row; null for none.</param>
    /// <exception cref="CalmException">It cannot be read, or is not a series.</exception>
    public static SeriesTable Read(string path, IReadOnlyList<string> columns, string? time = null)
    {
        try
        {
            if (Disk.IsDeviceOrPipe(path))
            {
                throw new CalmException($"{path}: is a pipe or a device, which cannot be read twice; save the series to a file.");
            }

            using StreamReader text = new(path);
            return new SeriesReader(path, text, columns, time).ReadRows();
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
            throw FileFailure.Reading(path, failure);
        }
    }

    /// <summary>A comma; in files that have none in their header, a semicolon or a tab.</summary>
    private static char Separator(string path)
    {
        using StreamReader text = new(path);
        char[] line = new char[LongestHeader];
        ReadOnlySpan<char> header = line.AsSpan(0, text.ReadBlock(line));
        header = header.IndexOf('\n') is >= 0 and int end ? header[..end] : header;
        return header.Contains(',') ? ',' : header.Contains(';') ? ';' : header.Contains('\t') ? '\t' : ',';
    }

    private string[] ReadHeader()
    {
        string[] names = [.. (_csv.Read() ?? throw new CalmException($"{_path}: is empty; a header and rows are needed."))
            .Select(name => name.Trim())];
        for (int column = 0; column < names.Length; column++)
        {
            // The index that pandas writes has no name; it is no fault unless it is chosen.
            string? wrong = names[column].Length == 0 ? null
                : TryNumber(names[column], out _) ? $"is called {names[column]}, a number; a header must name the columns"
                : Array.IndexOf(names, names[column]) < column ? $"is called {names[column]}, as one before it"
                : null;
            if (wrong is not null)
            {
                throw new CalmException($"{_path}: line 1: column {column + 1} {wrong}.");
            }
        }

        return names;
    }

    private int Find(string name, string setting)
    {
        int column = Array.IndexOf(_names, name);
        return column >= 0
            ? column
            : throw new SettingException(
                $"{setting} {name}: {_path} has no such column{Suggestion.For(name, _names)} "
                + $"Known: {string.Join(", ", _names)}.");
    }

    private SeriesTable ReadRows()
    {
        List<double> values = [];
        decimal lastTime = decimal.MinValue;
        int? blank = null;
        while (_csv.Read() is { } fields)
        {
            if (fields is [""])
            {
                blank ??= _csv.Line;
                continue;
            }

            if (blank is { } line)
            {
                throw new CalmException($"{_path}: line {line}: is empty; only the end of the file may be.");
            }

            if (fields.Length != _names.Length)
            {
                throw new CalmException(
                    $"{_path}: line {_csv.Line}: has {fields.Length} fields, the header has {_names.Length}.");
            }

            lastTime = _time < 0 ? lastTime : TimeAfter(lastTime, fields[_time]);
            foreach (int column in _chosen)
            {
                values.Add(Number(fields[column], column));
            }
        }

        return values.Count > 0
            ? new SeriesTable([.. _chosen.Select(column => _names[column])], [.. values])
            : throw new CalmException($"{_path}: has a header and no rows.");
    }

    private double Number(string field, int column) =>
        field.Trim().Length == 0
            ? throw Wrong(column, "the value is missing; fill it in, or leave the row out")
            : TryNumber(field, out double value) && double.IsFinite(value)
                ? value
                : throw Wrong(column, $"'{field}' is not a finite number; columns=A,B chooses the columns to read");

    // Nanoseconds since 1970 have more digits than a double.
    private decimal TimeAfter(decimal last, string field)
    {
        decimal time = decimal.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number) ? number
            : DateTimeOffset.TryParse(
                field, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date)
                ? date.UtcTicks
                : throw Wrong(_time, $"'{field}' is neither a number nor a date such as 2024-02-28 or 2024-02-28T13:00:00Z");
        return time > last
            ? time
            : throw Wrong(_time, $"'{field}' is not later than the row before; rows must rise in time");
    }

    private CalmException Wrong(int column, string what) =>
        new($"{_path}: line {_csv.Line}, column {_names[column]}: {what}.");

    private static bool TryNumber(string field, out double value) =>
        // .NET's parser passes over zeros at the end.
        double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out value)
        && !field.Contains('\0', StringComparison.Ordinal);
}
