using System.Globalization;
using System.Text;

namespace Calm.Cli;

/// <summary>A forecast as a table: the rows of one draw, or the quantiles of many, with times if known.</summary>
internal sealed class ForecastTable
{
    private const string MemberName = "value";

    private readonly string[] _columns;
    private readonly string? _timeName;
    private readonly string[]? _times;
    private readonly double[][] _parts;
    private readonly bool _roundsSums;

    /// <summary>Makes a table.</summary>
    /// <param name="columns">Names of the columns.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="timeName">Name of the column of times.</param>
    /// <param name="times">Time of each row; null if unknown.</param>
    /// <param name="percents">Quantiles in percent; none for a single draw as it is.</param>
    /// <param name="members">The draws, each [rows, columns].</param>
    /// <param name="roundsSums">Whether values are sums of changes, whose last digits are rounding errors.</param>
    public ForecastTable(
        string[] columns, int rows, string? timeName, string[]? times, double[] percents, double[][] members, bool roundsSums)
    {
        (_columns, Rows, _timeName, _times, Percents, _roundsSums) = (columns, rows, timeName, times, percents, roundsSums);
        _parts = percents.Length == 0 ? members : ForecastQuantiles.Of(members, [.. percents.Select(percent => percent / 100)]);
        Median = percents.Length == 0 ? members[0] : ForecastQuantiles.Of(members, [0.5])[0];
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Quantiles in percent.</summary>
    public double[] Percents { get; }

    /// <summary>The median of the draws, [rows, columns].</summary>
    public double[] Median { get; }

    /// <summary>The name of a quantile: q5.</summary>
    public static string NameOf(double percent) => string.Create(CultureInfo.InvariantCulture, $"q{percent}");

    /// <summary>A value of a quantile.</summary>
    public double this[int quantile, int row, int column] => _parts[quantile][row * _columns.Length + column];

    /// <summary>The table as CSV: the time, then each column, or the quantiles of each as load_q5, load_q25 and so on.</summary>
    public string ToCsv()
    {
        IEnumerable<string> names = Percents.Length == 0
            ? _columns
            : _columns.SelectMany(column => Percents.Select(percent => $"{column}_{NameOf(percent)}"));
        StringBuilder text = new(SeriesTable.Header(_times is null ? names : names.Prepend(_timeName!)));
        for (int row = 0; row < Rows; row++)
        {
            IEnumerable<string> values =
                from column in Enumerable.Range(0, _columns.Length)
                from part in _parts
                select Text(part[row * _columns.Length + column]);
            text.AppendJoin(',', _times is null ? values : values.Prepend(_times[row])).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>For each column its quantiles by name, or the values of a single draw.</summary>
    public Dictionary<string, Dictionary<string, double[]>> ByColumn() =>
        _columns.Index().ToDictionary(column => column.Item, column => _parts.Index().ToDictionary(
            part => Percents.Length == 0 ? MemberName : NameOf(Percents[part.Index]),
            part => Enumerable.Range(0, Rows).Select(row => this[part.Index, row, column.Index]).ToArray()));

    /// <summary>All digits of a value; 15 where those behind are the rounding errors of summed changes.</summary>
    private string Text(double value)
    {
        const int fewUnits = 8;
        double rounded = double.Parse(value.ToString("G15", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        double unit = Math.BitIncrement(Math.Abs(value)) - Math.Abs(value);
        bool isSum = _roundsSums && double.IsFinite(rounded) && Math.Abs(rounded - value) <= fewUnits * unit;
        return (isSum ? rounded : value).ToString(CultureInfo.InvariantCulture);
    }
}
