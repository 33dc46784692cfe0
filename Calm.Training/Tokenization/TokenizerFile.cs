using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Tokenizers on disk: a JSON object with <c>format</c> "calm-tokenizer", <c>version</c> 1, <c>type</c>,
/// <c>vocabulary</c>, the ids <c>begin</c>, <c>end</c> and <c>pad</c>, and <c>merges</c>, a list of pairs of ids: pair
/// i makes id 256 + i. Levels of a series have <c>columns</c> instead of merges. See docs/files.md.
/// </summary>
public static class TokenizerFile
{
    internal const string BytesType = "bytes";
    internal const string BpeType = "bpe";
    internal const string LevelsType = "levels";

    private const string FormatName = "calm-tokenizer";
    private const int FormatVersion = 1;

    private static readonly JsonSerializerOptions JsonOptions = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        IgnoreReadOnlyProperties = true,
    };

    private static readonly JsonFile Json = new("a tokenizer that Calm wrote", "train a new one", JsonOptions);

    private sealed record Contents(
        string Format, int Version, string Type, int Vocabulary, int Begin, int End, int Pad, int[][] Merges,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LevelColumn[]? Columns = null);

    /// <summary>Writes a tokenizer crash-safely; the same tokenizer gives the same bytes.</summary>
    public static void Save(ITokenizer tokenizer, string path) => SafeFile.Write(path, Serialize(tokenizer));

    /// <summary>Reads a tokenizer.</summary>
    /// <exception cref="CalmException">It cannot be read, or is none.</exception>
    public static ITokenizer Load(string path)
    {
        ITokenizer? tokenizer = null;
        Json.Read<Contents>(path, contents =>
        {
            tokenizer = Make(contents);
            return null;
        });
        return tokenizer!;
    }

    /// <summary>SHA-256 of the file's bytes, in hexadecimal.</summary>
    public static string HashOf(ITokenizer tokenizer) =>
        Convert.ToHexStringLower(SHA256.HashData(Serialize(tokenizer)));

    /// <summary>The file's bytes.</summary>
    public static byte[] Serialize(ITokenizer tokenizer)
    {
        int[][] merges = tokenizer is BpeTokenizer bpe
            ? [.. bpe.Merges.Select(merge => new[] { merge.Left, merge.Right })]
            : [];
        Contents contents = new(
            FormatName, FormatVersion, tokenizer.Name, tokenizer.VocabularySize,
            tokenizer.Begin, tokenizer.EndOfText, tokenizer.Pad, merges,
            tokenizer is LevelsTokenizer levels ? [.. levels.Columns] : null);
        return Encoding.UTF8.GetBytes(JsonSerializer.Serialize(contents, JsonOptions) + "\n");
    }

    private static ITokenizer Make(Contents contents)
    {
        if (contents.Format != FormatName || contents.Version != FormatVersion)
        {
            throw new JsonException(
                $"format {contents.Format} {contents.Version}, expected {FormatName} {FormatVersion}");
        }

        if (contents.Merges.Any(merge => merge is not { Length: 2 }))
        {
            throw new JsonException("a merge is not a pair");
        }

        if (contents.Columns?.Any(column => column is null) is true)
        {
            throw new JsonException("a column is null");
        }

        ITokenizer tokenizer = contents.Type switch
        {
            BytesType when contents.Merges.Length == 0 => new ByteTokenizer(),
            BpeType => new BpeTokenizer([.. contents.Merges.Select(merge => (merge[0], merge[1]))]),
            LevelsType when contents is { Merges.Length: 0, Columns: { } columns } => new LevelsTokenizer(columns),
            _ => throw new JsonException($"type {contents.Type}, expected {BytesType}, {BpeType} or {LevelsType}"),
        };
        return (tokenizer.VocabularySize, tokenizer.Begin, tokenizer.EndOfText, tokenizer.Pad)
            == (contents.Vocabulary, contents.Begin, contents.End, contents.Pad)
            ? tokenizer
            : throw new JsonException($"vocabulary {contents.Vocabulary}, what it lists makes {tokenizer.VocabularySize}");
    }
}
