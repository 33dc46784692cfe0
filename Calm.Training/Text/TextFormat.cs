namespace Calm.Training;

/// <summary>The ways in which a file holds documents.</summary>
internal enum TextFormat
{
    /// <summary>Text, with lines of <c>&lt;|endoftext|&gt;</c> between documents if there are several.</summary>
    Plain,

    /// <summary>An object of JSON a line.</summary>
    JsonLines,

    /// <summary>One array of JSON objects.</summary>
    JsonArray,

    /// <summary>Parquet with a column of text.</summary>
    Parquet,

    /// <summary>Ids of a tokenizer.</summary>
    Ids,
}

/// <summary>Tells the formats of files apart by looking at their beginning.</summary>
internal static class TextFormats
{
    private static readonly string[] CompressionSuffixes = [".gz", ".zst", ".zstd"];

    /// <summary>Bytes that are enough to tell.</summary>
    public const int BytesToTell = 1 << 16;

    /// <summary>The format of a file.</summary>
    /// <param name="start">Its beginning, decompressed.</param>
    /// <param name="name">Its name: decides only where the contents leave a doubt.</param>
    /// <exception cref="Calm.Runtime.CalmException">It is none of the formats; the message says what to do.</exception>
    public static TextFormat Of(ReadOnlySpan<byte> start, string name)
    {
        if (start.StartsWith(FileKind.Parquet))
        {
            return TextFormat.Parquet;
        }

        string plainName = WithoutCompression(name);
        if (IdFile.HasHeader(start) || IsNamed(plainName, ".bin"))
        {
            return TextFormat.Ids;
        }

        FileKind.RequireText(name, start);
        ReadOnlySpan<byte> json = start.StartsWith(FileLines.Utf8Mark) ? start[FileLines.Utf8Mark.Length..] : start;
        json = json.TrimStart(" \t\r\n"u8);
        bool isNamedJson = IsNamed(plainName, ".json");
        if (JsonObjects.Is(json) || (isNamedJson && json is [(byte)'[', ..]))
        {
            return TextFormat.JsonArray;
        }

        return isNamedJson || IsNamed(plainName, ".jsonl") || IsNamed(plainName, ".ndjson")
            || JsonLines.Is(json, isWhole: start.Length < BytesToTell)
                ? TextFormat.JsonLines
                : TextFormat.Plain;
    }

    private static string WithoutCompression(string name) =>
        CompressionSuffixes.FirstOrDefault(suffix => IsNamed(name, suffix)) is { } suffix ? name[..^suffix.Length] : name;

    private static bool IsNamed(string name, string suffix) => name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase);
}
