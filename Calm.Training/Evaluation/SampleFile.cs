using System.Globalization;
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

    /// <summary>The rows of a file. Blank lines are skipped.</summary>
    /// <exception cref="CalmException">A line cannot be read, or is too short to be scored; it is named.</exception>
    public static IEnumerable<SampleRow> Read(string path)
    {
        string[]? heading = null;
        int number = 0;
        foreach (string line in Lines(path))
        {
            number++;
            string place = $"{path}, line {number}";
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            bool isJson = line.AsSpan().TrimStart()[0] == '{';
            if (!isJson && heading is null)
            {
                heading = Heading(line, place);
                continue;
            }

            yield return Checked(isJson ? FromJson(line, place) : FromCells(line, heading!, place));
        }
    }

    private static IEnumerable<string> Lines(string path)
    {
        IEnumerator<string> lines = Open(path);
        using (lines)
        {
            while (Next(lines, path))
            {
                yield return lines.Current;
            }
        }
    }

    private static IEnumerator<string> Open(string path)
    {
        try
        {
            return File.ReadLines(path).GetEnumerator();
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
            throw FileFailure.Reading(path, failure);
        }
    }

    private static bool Next(IEnumerator<string> lines, string path)
    {
        try
        {
            return lines.MoveNext();
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
            throw FileFailure.Reading(path, failure);
        }
    }

    private static SampleRow FromJson(string line, string place)
    {
        try
        {
            using JsonDocument parsed = JsonDocument.Parse(line);
            JsonElement row = parsed.RootElement;
            string? document = row.TryGetProperty(Document, out JsonElement name) && name.ValueKind != JsonValueKind.Null
                ? name.ToString()
                : null;
            return new SampleRow(
                place, document, Ids(Property(row, Truth, place)),
                [.. Property(row, Draws, place).EnumerateArray().Select(Ids)]);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException)
        {
            throw new CalmException(
                $"{place}: must be an object such as {{\"{Truth}\":[1,2,3,4],\"{Draws}\":[[1,2,3,4],[1,2,5,6]]}} with whole "
                + "numbers.", failure);
        }
    }

    private static JsonElement Property(JsonElement row, string name, string place) =>
        row.TryGetProperty(name, out JsonElement value)
            ? value
            : throw new CalmException($"{place}: has no \"{name}\".");

    private static int[] Ids(JsonElement ids) => [.. ids.EnumerateArray().Select(id => id.GetInt32())];

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
