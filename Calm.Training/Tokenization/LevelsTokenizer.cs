using System.Globalization;
using System.Text;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// One id per value of a series: lines of numbers separated by commas become levels of <see cref="LevelColumn"/>, and
/// levels become lines. Id 0 is reserved, as the autoencoder replaces dropped ids by it; then come the levels
/// of the first column, of the second and so on.
/// </summary>
/// <remarks>
/// Unlike text, not every sequence of bytes has an encoding, and decoding gives back the values of levels, not the numbers
/// that were read.
/// </remarks>
internal sealed class LevelsTokenizer : ITokenizer
{
    private const int FirstLevel = 1;

    private readonly byte[][] _bytes;
    private readonly int[] _firstIds;
    private string? _hash;

    /// <summary>A tokenizer of rows.</summary>
    /// <param name="columns">The columns of a row, in order.</param>
    /// <exception cref="ArgumentException">There are no columns, or one is damaged.</exception>
    public LevelsTokenizer(IReadOnlyList<LevelColumn> columns)
    {
        Columns = columns;
        string? fault = columns.Count == 0
            ? "it has no columns"
            : columns.Select(column => column.Fault()).FirstOrDefault(found => found is not null);
        if (fault is not null)
        {
            throw new ArgumentException(fault);
        }

        List<byte[]> bytes = [[]];
        _firstIds = new int[columns.Count];
        for (int column = 0; column < columns.Count; column++)
        {
            _firstIds[column] = bytes.Count;
            string after = column == columns.Count - 1 ? "\n" : ",";
            bytes.AddRange(columns[column].Values.Select(
                value => Encoding.UTF8.GetBytes(value.ToString(CultureInfo.InvariantCulture) + after)));
        }

        _bytes = [.. bytes];
    }

    /// <summary>The columns of a row.</summary>
    public IReadOnlyList<LevelColumn> Columns { get; }

    /// <inheritdoc/>
    public string Name => TokenizerFile.LevelsType;

    /// <inheritdoc/>
    public int VocabularySize => FirstLevel + Columns.Sum(column => column.Levels) + Tokenizers.SpecialCount;

    /// <inheritdoc/>
    public string Hash => _hash ??= TokenizerFile.HashOf(this);

    /// <summary>Appends the ids of whole rows; the last line need not end.</summary>
    /// <exception cref="CalmException">A line is not a row of numbers.</exception>
    public void Encode(ReadOnlySpan<byte> text, List<int> ids)
    {
        int line = 0;
        foreach (Range range in text.Split((byte)'\n'))
        {
            line++;
            ReadOnlySpan<byte> row = text[range].TrimEnd((byte)'\r');
            if (row.Length > 0)
            {
                EncodeRow(row, line, ids);
            }
        }
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> BytesOf(int id) =>
        (uint)id >= (uint)VocabularySize ? throw this.NoSuchId(id)
        : id < _bytes.Length ? _bytes[id]
        : [];

    private void EncodeRow(ReadOnlySpan<byte> row, int line, List<int> ids)
    {
        int column = 0;
        foreach (Range range in row.Split((byte)','))
        {
            if (column == Columns.Count
                || !double.TryParse(row[range], NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
            {
                column = -1;
                break;
            }

            ids.Add(_firstIds[column] + Columns[column].LevelOf(value));
            column++;
        }

        if (column != Columns.Count)
        {
            throw new CalmException(
                $"series: line {line}: '{Encoding.UTF8.GetString(row)}' is no row of "
                + $"{string.Join(',', Columns.Select(c => c.Name))}: numbers with commas between them.");
        }
    }
}
