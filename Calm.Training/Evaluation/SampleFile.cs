using System.Globalization;
using System.Text;
using System.Text.Json;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>The tokens at a position of a text and a model's draws for it.</summary>
/// <param name="Place">File and line, for messages.</param>
/// <param name="Document">Its document; null for one of its own.</param>
/// <param name="Truth">The text's tokens, at least four.</param>
/// <param name="Draws">The tokens of each draw, at least two draws of at least four tokens.</param>
internal sealed record SampleRow(string Place, string? Document, int[] Truth, int[][] Draws);

/// <summary>
/// Samples of any implicit model, one row per line: a JSON object
/// <c>{"truth":[...], "draws":[[...],[...]], "document":...}</c>, or comma-separated cells under a heading
/// <c>document,truth,draw,draw,...</c> with spaces between the ids of a cell. Layout: docs/brier.md.
/// </summary>
internal static class SampleFile
{
    private const string Truth = "truth";
    private const string Draws = "draws";
    private const string Document = "document";
    private const int LongestLine = 1 << 28;

    private static readonly JsonFile Json = new(
        "a row of samples",
        $"it must be an object such as {{\"{Truth}\":[1,2,3,4],\"{Draws}\":[[1,2,3,4],[1,2,5,6]]}} with whole numbers",
        new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.CamelCase });

    private sealed record Row(int[] Truth, int[][] Draws, JsonElement? Document = null);

    /// <summary>The rows of a file. Blank lines are skipped.</summary>
    /// <exception cref="CalmException">A line cannot be read, or is too short to be scored; it is named.</exception>
    public static IEnumerable<SampleRow> Read(string path)
    {
        string[]? heading = null;
        int number = 0;
        foreach (ReadOnlyMemory<byte> bytes in FileLines.Read(path, LongestLine))
        {
            number++;
            string place = $"{path}, line {number}";
            ReadOnlyMemory<byte> line = bytes.Trim(" \t\r"u8);
            if (line.IsEmpty)
            {
                continue;
            }

            bool isJson = line.Span[0] == (byte)'{';
            if (!isJson && heading is null)
            {
                heading = Heading(Encoding.UTF8.GetString(line.Span), place);
                continue;
            }

            yield return Checked(
                isJson ? FromJson(line.Span, place) : FromCells(Encoding.UTF8.GetString(line.Span), heading!, place));
        }
    }

    private static SampleRow FromJson(ReadOnlySpan<byte> line, string place)
    {
        Row row = Json.Parse<Row>(line, place, row => row.Draws.Any(draw => draw is null) ? "a draw is null" : null);
        return new SampleRow(place, row.Document?.ToString(), row.Truth, row.Draws);
    }

    private static string[] Heading(string line, string place)
    {
        string[] heading = [.. line.Split(',').Select(cell => cell.Trim().ToLowerInvariant())];
        return heading.Count(cell => cell == Truth) == 1
            ? heading
            : throw new CalmException(
                $"{place}: must be a JSON object, or a heading of comma-separated columns, one of them {Truth}, "
                + $"optionally one {Document}, the others draws.");
    }

    private static SampleRow FromCells(string line, string[] heading, string place)
    {
        string[] cells = line.Split(',');
        if (cells.Length != heading.Length)
        {
            throw new CalmException($"{place}: has {cells.Length} cells, the heading {heading.Length}.");
        }

        string? document = null;
        int[] truth = [];
        List<int[]> draws = [];
        foreach ((string column, string cell) in heading.Zip(cells))
        {
            switch (column)
            {
                case Document:
                    document = cell.Trim();
                    break;
                case Truth:
                    truth = Ids(cell, column, place);
                    break;
                default:
                    draws.Add(Ids(cell, column, place));
                    break;
            }
        }

        return new SampleRow(place, document, truth, [.. draws]);
    }

    private static int[] Ids(string cell, string column, string place) =>
    [
        .. cell.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(id =>
            int.TryParse(id, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
                ? value
                : throw new CalmException($"{place}: {column} has \"{id}\"; ids are whole numbers, spaces apart.")),
    ];

    private static SampleRow Checked(SampleRow row)
    {
        if (row.Draws.Length < 2)
        {
            throw new CalmException($"{row.Place}: has {row.Draws.Length} draws; a Brier score needs at least 2.");
        }

        Require(row.Truth, Truth, row.Place);
        for (int i = 0; i < row.Draws.Length; i++)
        {
            Require(row.Draws[i], $"draw {i + 1}", row.Place);
        }

        return row;
    }

    private static void Require(int[] ids, string name, string place)
    {
        if (ids.Length < BrierScore.MostTokens)
        {
            throw new CalmException(
                $"{place}: {name} has {ids.Length} tokens; Brier-1 to Brier-4 need at least {BrierScore.MostTokens}.");
        }
    }
}
