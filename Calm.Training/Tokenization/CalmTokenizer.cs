using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Calm.Training;

/// <summary>
/// The form of tokenizers that only Calm reads: a JSON object with <c>format</c> "calm-tokenizer", <c>version</c> 1, <c>type</c>,
/// <c>vocabulary</c>, the ids <c>begin</c>, <c>end</c> and <c>pad</c>, and <c>merges</c>, a list of pairs of ids: pair i makes id
/// 256 + i. Levels of a series have <c>columns</c> instead.
/// </summary>
internal static class CalmTokenizer
{
    private const string FormatName = "calm-tokenizer";
    private const int FormatVersion = 1;

    private static readonly string Types = string.Join(
        ", ", TokenizerFile.BytesType, TokenizerFile.BpeType, TokenizerFile.LevelsType, TokenizerFile.IdsType);

    private static readonly JsonSerializerOptions ReadOptions;

    static CalmTokenizer() => ReadOptions = new JsonSerializerOptions(JsonOptions)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Names and conversions.</summary>
    public static JsonSerializerOptions JsonOptions { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        IgnoreReadOnlyProperties = true,
    };

    private sealed record Contents(
        string Format, int Version, string Type, int Vocabulary, int Begin, int End, int Pad, int[][] Merges,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LevelColumn[]? Columns = null);

    /// <summary>The file's bytes; the same tokenizer gives the same.</summary>
    public static byte[] Write(ITokenizer tokenizer)
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

    /// <summary>The tokenizer of a file.</summary>
    /// <exception cref="JsonException">It is none, or its members contradict each other.</exception>
    public static ITokenizer Read(JsonElement root)
    {
        Contents contents = root.Deserialize<Contents>(ReadOptions)!;
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
            TokenizerFile.BytesType when contents.Merges.Length == 0 => new ByteTokenizer(),
            TokenizerFile.BpeType => new BpeTokenizer([.. contents.Merges.Select(merge => (merge[0], merge[1]))]),
            TokenizerFile.LevelsType when contents is { Merges.Length: 0, Columns: { } columns } => new LevelsTokenizer(columns),
            TokenizerFile.IdsType when contents.Merges.Length == 0 =>
                new IdsTokenizer(contents.Vocabulary, contents.Begin, contents.End, contents.Pad),
            _ => throw new JsonException($"type {Quote.Of(contents.Type)}, expected one of {Types}"),
        };
        return (tokenizer.VocabularySize, tokenizer.Begin, tokenizer.EndOfText, tokenizer.Pad)
            == (contents.Vocabulary, contents.Begin, contents.End, contents.Pad)
            ? tokenizer
            : throw new JsonException($"vocabulary {contents.Vocabulary}, what it lists makes {tokenizer.VocabularySize}");
    }
}
