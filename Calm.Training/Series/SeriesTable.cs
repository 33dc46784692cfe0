using System.Globalization;
using System.Text;

namespace Calm.Training;

/// <summary>
/// A series: rows in the order of time with a value in every column. <see cref="SeriesReader"/> reads it from a file.
/// </summary>
internal sealed class SeriesTable
{
    private readonly ReadOnlyMemory<double> _values;

    /// <summary>A table of values.</summary>
    /// <param name="columns">Names.</param>
    /// <param name="values">[rows, columns].</param>
    public SeriesTable(string[] columns, double[] values)
        : this(columns, values.AsMemory())
    {
    }

    private SeriesTable(string[] columns, ReadOnlyMemory<double> values)
    {
        Columns = columns;
        _values = values;
        Rows = values.Length / columns.Length;
    }

    /// <summary>Names of the columns.</summary>
    public string[] Columns { get; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>A value.</summary>
    public double this[int row, int column] => _values.Span[row * Columns.Length + column];

    /// <summary>The values of some rows, [count, columns].</summary>
    public ReadOnlySpan<double> Values(int first, int count) =>
        Part(first, count).Span;

    /// <summary>Some of the rows; they are not copied.</summary>
    public SeriesTable Slice(int first, int count) => new(Columns, Part(first, count));

    /// <summary>All values of a column.</summary>
    public double[] Column(int column) => [.. Enumerable.Range(0, Rows).Select(row => this[row, column])];

    /// <summary>Differences of each row to the one before; one row fewer.</summary>
    public SeriesTable Changes()
    {
        int width = Columns.Length;
        ReadOnlySpan<double> values = _values.Span;
        double[] changes = new double[Math.Max(0, Rows - 1) * width];
        for (int i = 0; i < changes.Length; i++)
        {
            changes[i] = values[i + width] - values[i];
        }

        return new SeriesTable(Columns, changes);
    }

    /// <summary>The table with each column times a factor.</summary>
    public SeriesTable Times(double[] factors) => new(Columns, Times(_values.Span, factors));

    /// <summary>Values [rows, columns] with each column times a factor.</summary>
    public static double[] Times(ReadOnlySpan<double> values, double[] factors)
    {
        double[] products = new double[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            products[i] = values[i] * factors[i % factors.Length];
        }

        return products;
    }

    /// <summary>The rows as lines, each ended by a line feed, without a header.</summary>
    /// <param name="decimals">Decimals to round to; null for the shortest text that gives the same value back.</param>
    public byte[] ToLines(int? decimals = null)
    {
        string? format = decimals is { } places ? $"F{places}" : null;
        ReadOnlySpan<double> values = _values.Span;
        StringBuilder text = new();
        for (int i = 0; i < values.Length; i++)
        {
            text.Append(values[i].ToString(format, CultureInfo.InvariantCulture));
            text.Append((i + 1) % Columns.Length == 0 ? '\n' : ',');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>The names as a line of a file, quoted if necessary.</summary>
    public static string Header(IEnumerable<string> columns) =>
        string.Join(',', columns.Select(Quote)) + "\n";

    /// <summary>The whole table as a file that <see cref="SeriesReader"/> reads back to the same values.</summary>
    public byte[] ToFile() => [.. Encoding.UTF8.GetBytes(Header(Columns)), .. ToLines()];

    private ReadOnlyMemory<double> Part(int first, int count) =>
        _values.Slice(first * Columns.Length, count * Columns.Length);

    private static string Quote(string name) =>
        name.AsSpan().ContainsAny(",\"\r\n")
            ? $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : name;
}
