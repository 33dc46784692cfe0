using Calm.Runtime;

namespace Calm.Training;

/// <summary>The reading of a file as a series.</summary>
/// <param name="Columns">The columns to take, in this order; none for all but the time.</param>
/// <param name="Time">
/// A column whose numbers or dates must rise from row to row; null for the first column if it holds dates and is not chosen.
/// </param>
/// <param name="Dates">The order of day and month in dates such as 1/2/2024; null to find it.</param>
/// <param name="Fill">The rule for missing rows and values.</param>
internal sealed record SeriesFormat(
    IReadOnlyList<string> Columns, string? Time = null, DateOrder? Dates = null, GapFill Fill = GapFill.Refuse)
{
    /// <summary>Whether a file without the column of times is read as it is.</summary>
    public bool IsTimeOptional { get; init; }
}

/// <summary>A series as read from a file.</summary>
/// <param name="Table">Its values, without gaps.</param>
/// <param name="Clock">The times of its rows; null if none was read.</param>
/// <param name="Fill">The rule for gaps that was followed.</param>
internal sealed record SeriesReading(SeriesTable Table, SeriesClock? Clock = null, GapFill Fill = GapFill.Refuse)
{
    /// <summary>Sentences about clocks that were set, and gaps that were filled.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];
}

/// <summary>
/// Reads a series from a CSV file: a header with the names of the columns, then a row for each moment, oldest first. Every
/// row has as many fields as the header and every chosen field is a finite number with a decimal point; a message names
/// the line and the column of the first that is not. What is missing is counted over the whole file.
/// </summary>
internal sealed class SeriesReader
{
    private const int LongestHeader = 1 << 20;

    private readonly string _path;
    private readonly CsvReader _csv;
    private readonly SeriesFormat _format;
    private readonly string[] _names;
    private readonly string[]? _first;
    private readonly int[] _chosen;
    private readonly int _time;
    private readonly int _header;
    private int? _blank;

    private SeriesReader(string path, TextReader text, SeriesFormat format)
    {
        (_path, _format) = (path, format);
        (char separator, bool isNamed) = Separator(path);
        _header = isNamed ? 2 : 1;
        _csv = new CsvReader(text, path, separator, firstLine: _header);
        if (isNamed)
        {
            text.ReadLine();
        }

        _names = ReadHeader();
        _first = ReadRow();
        IReadOnlyList<string> columns = format.Columns;
        bool hasTime = format.Time is { } named && (!format.IsTimeOptional || _names.Contains(named));
        _time = hasTime ? Find(format.Time!, "time")
            : _first is not null && !columns.Contains(_names[0]) && TimeColumn.IsDate(_first[0]) ? 0
            : -1;
        _chosen = columns.Count > 0
            ? [.. columns.Select(name => Find(name, "columns"))]
            : [.. Enumerable.Range(0, _names.Length).Where(column => column != _time)];
        if (_chosen.Where(column => _names[column].Length == 0).Cast<int?>().FirstOrDefault() is { } nameless)
        {
            throw new CalmException(
                $"{path}: line {_header}: column {nameless + 1} has no name; columns=A,B chooses the columns to read.");
        }

        if (_chosen.Length == 0 || _chosen.Distinct().Count() != _chosen.Length)
        {
            throw new SettingException($"columns {string.Join(',', columns)}: needs at least one column, each once.");
        }
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="format">The columns to take, and how.</param>
    /// <exception cref="CalmException">It cannot be read, or is not a series.</exception>
    public static SeriesReading Read(string path, SeriesFormat format) => Open(path, format, reader => reader.ReadRows());

    /// <summary>The names of the columns that reading a file would take.</summary>
    /// <inheritdoc cref="Read"/>
    public static string[] Columns(string path, SeriesFormat format) => Open(path, format, reader => reader.Chosen);

    private static T Open<T>(string path, SeriesFormat format, Func<SeriesReader, T> use)
    {
        try
        {
            if (Disk.IsDeviceOrPipe(path))
            {
                throw new CalmException($"{path}: is a pipe or a device, which cannot be read twice; save the series to a file.");
            }

            using StreamReader text = new(path);
            return use(new SeriesReader(path, text, format));
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
            throw FileFailure.Reading(path, failure);
        }
    }

    private string[] Chosen => [.. _chosen.Select(column => _names[column])];

    /// <summary>
    /// A comma; in files that have none in their header, a semicolon or a tab. A spreadsheet may name it in a line of its own
    /// before the header, sep=;.
    /// </summary>
    private static (char Separator, bool IsNamed) Separator(string path)
    {
        using StreamReader text = new(path);
        char[] line = new char[LongestHeader];
        ReadOnlySpan<char> header = line.AsSpan(0, text.ReadBlock(line));
        header = header.IndexOf('\n') is >= 0 and int end ? header[..end] : header;
        return header.TrimEnd('\r') is ['s', 'e', 'p', '=', (',' or ';' or '\t') and char named]
            ? (named, true)
            : (header.Contains(',') ? ',' : header.Contains(';') ? ';' : header.Contains('\t') ? '\t' : ',', false);
    }

    private string[] ReadHeader()
    {
        string[] names = [.. (_csv.Read() ?? throw new CalmException($"{_path}: is empty; a header and rows are needed."))
            .Select(name => name.Trim())];
        for (int column = 0; column < names.Length; column++)
        {
            // The index that pandas writes has no name; it is no fault unless it is chosen.
            string? wrong = names[column].Length == 0 ? null
                : SeriesField.TryNumber(names[column], out _)
                    ? $"is called {names[column]}, a number; a header must name the columns"
                : Array.IndexOf(names, names[column]) < column ? $"is called {names[column]}, as one before it"
                : null;
            if (wrong is not null)
            {
                throw new CalmException($"{_path}: line {_header}: column {column + 1} {wrong}.");
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

    /// <summary>The fields of the next row; null behind the last.</summary>
    private string[]? ReadRow()
    {
        while (_csv.Read() is { } fields)
        {
            if (fields is [""])
            {
                _blank ??= _csv.Line;
                continue;
            }

            if (_blank is { } line)
            {
                throw new CalmException(
                    $"{_path}: line {line}: is empty; only the end of the file may be; a missing value is written NaN.");
            }

            return fields.Length == _names.Length
                ? fields
                : throw new CalmException(
                    $"{_path}: line {_csv.Line}: has {fields.Length} fields, the header has {_names.Length}.");
        }

        return null;
    }

    private SeriesReading ReadRows()
    {
        List<double> values = [];
        TimeColumn? time = _time < 0 ? null : new TimeColumn(_path, _names[_time], _format.Dates);
        SeriesGaps gaps = new(_path, Chosen, _format.Fill);
        for (string[]? fields = _first; fields is not null; fields = ReadRow())
        {
            time?.Add(fields[_time], _csv.Line);
            foreach (int column in _chosen)
            {
                values.Add(Number(fields[column], column, gaps));
            }
        }

        if (values.Count == 0)
        {
            throw new CalmException($"{_path}: has a header and no rows.");
        }

        TimeRows? rows = time?.Read();
        List<string> remarks = rows?.Remark is { } remark ? [remark] : [];
        if (_time < 0 && _format.Columns.Count == 0 && OnlyRises(values))
        {
            remarks.Add($"column {Chosen[0]} only rises and is learnt as values; time={Chosen[0]} takes it as the time");
        }

        return gaps.Close([.. values], time, rows, remarks);
    }

    /// <summary>Whether the first column looks like a time that was not named as one.</summary>
    private bool OnlyRises(List<double> values)
    {
        const int fewest = 10;
        int width = _chosen.Length;
        int rows = values.Count / width;
        return rows >= fewest && Enumerable.Range(1, rows - 1).All(row => values[row * width] > values[(row - 1) * width]);
    }

    private double Number(string field, int column, SeriesGaps gaps)
    {
        if (SeriesField.TryNumber(field, out double value) && double.IsFinite(value))
        {
            return value;
        }

        if (!SeriesField.IsMissing(field))
        {
            throw new CalmException($"{_path}: line {_csv.Line}, column {_names[column]}: {SeriesField.Fault(field)}.");
        }

        gaps.Note(_csv.Line, _names[column]);
        return double.NaN;
    }
}
