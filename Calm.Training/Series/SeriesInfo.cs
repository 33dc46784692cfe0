using System.Text.Json;
using System.Text.Json.Serialization;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>The encodings of a series as tokens.</summary>
internal enum SeriesKind
{
    /// <summary>One token per value: <see cref="LevelsTokenizer"/>.</summary>
    Levels,

    /// <summary>Decimal digits, with a tokenizer of text.</summary>
    Text,
}

/// <summary>
/// Facts about a run's series: <c>series.json</c> beside the tokens, and the series itself in <c>series.csv</c>, so that
/// a run can be continued and evaluated without the original file.
/// </summary>
/// <param name="Format">"calm-series".</param>
/// <param name="Version">1.</param>
/// <param name="Kind">Its encoding.</param>
/// <param name="Columns">Names of the columns.</param>
/// <param name="Difference">Whether tokens encode differences to the row before.</param>
/// <param name="Decimals">Decimals that are written as text; null for levels.</param>
/// <param name="TrainRows">Rows of the training part; later rows are held out.</param>
/// <param name="Fill">The rule by which gaps of the file were filled.</param>
/// <param name="Clock">The times of its rows; null if none was read.</param>
internal sealed record SeriesInfo(
    string Format, int Version, SeriesKind Kind, string[] Columns, bool Difference, int? Decimals, int TrainRows,
    GapFill Fill = GapFill.Refuse, SeriesClock? Clock = null)
{
    public const string FormatName = "calm-series";
    public const int FormatVersion = 1;

    private const int MostDecimals = 15;
    private const string InfoName = Corpus.SeriesInfoName;
    private const string TableName = Corpus.SeriesTableName;

    private static readonly JsonSerializerOptions JsonOptions = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    private static readonly JsonFile Json = new("a series that Calm wrote", "train again from the CSV file", JsonOptions);

    /// <summary>The facts about a corpus of a series; null for a corpus of text.</summary>
    /// <param name="folder">The corpus.</param>
    /// <exception cref="CalmException">The file is damaged.</exception>
    public static SeriesInfo? Find(string folder)
    {
        string path = Path.Combine(folder, InfoName);
        return File.Exists(path) ? Json.Read<SeriesInfo>(path, info => info.Problem) : null;
    }

    private string? Problem =>
        (Format, Version) != (FormatName, FormatVersion) ? $"it is not {FormatName} {FormatVersion}"
        : Columns.Length == 0 || Columns.Any(string.IsNullOrEmpty) ? "columns have no names"
        : Decimals is < 0 or > MostDecimals ? $"decimals is {Decimals}"
        : TrainRows < 1 ? $"trainRows is {TrainRows}"
        : Clock?.Fault is { } fault ? fault
        : null;

    /// <summary>Writes both files.</summary>
    public void Save(string folder, SeriesTable table)
    {
        SafeFile.Write(Path.Combine(folder, TableName), table.ToFile());
        SafeFile.Write(Path.Combine(folder, InfoName), JsonSerializer.SerializeToUtf8Bytes(this, JsonOptions));
    }

    /// <summary>Reads the whole series, held-out rows included.</summary>
    /// <exception cref="CalmException">It is damaged, or shorter than the training part.</exception>
    public SeriesTable LoadTable(string folder)
    {
        string path = Path.Combine(folder, TableName);
        SeriesTable table = SeriesReader.Read(path, new SeriesFormat(Columns)).Table;
        return table.Rows > TrainRows
            ? table
            : throw new CalmException(
                $"{path}: has {table.Rows} rows, expected more than the {TrainRows} of the training part.");
    }

    /// <summary>The rows, or their differences, as lines for a tokenizer.</summary>
    public byte[] ToLines(SeriesTable table) => (Difference ? table.Changes() : table).ToLines(Decimals);
}
