using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Calm.Training;

/// <summary>
/// The special tokens that the files beside a tokenizer name: tokenizer_config.json and, for what that lacks,
/// special_tokens_map.json. All else in them is for other programs.
/// </summary>
/// <param name="Begin">Text of the token that begins a sequence.</param>
/// <param name="EndOfText">Text of the token that ends a document.</param>
/// <param name="Pad">Text of the token that fills patches.</param>
/// <param name="Added">Added tokens.</param>
/// <param name="Ids">Ids that Calm wrote, of tokens with and without a text.</param>
internal sealed record TokenizerConfig(
    string? Begin, string? EndOfText, string? Pad, IReadOnlyList<AddedToken> Added, TokenizerIds Ids)
{
    /// <summary>The file that Calm writes, too.</summary>
    public const string FileName = "tokenizer_config.json";

    private const string MapName = "special_tokens_map.json";
    private const string IdsName = "calm";

    private static readonly JsonFile Json =
        new("the configuration of a tokenizer", "take it away, or get the tokenizer again", JsonSerializerOptions.Default);

    private static readonly TokenizerConfig None = new(null, null, null, [], new TokenizerIds());

    /// <summary>The special tokens that the files of a folder name; none if there are no files.</summary>
    /// <exception cref="Runtime.CalmException">One is damaged.</exception>
    public static TokenizerConfig Read(string folder)
    {
        TokenizerConfig first = ReadFile(Path.Combine(folder, FileName));
        TokenizerConfig second = ReadFile(Path.Combine(folder, MapName));
        return first with
        {
            Begin = first.Begin ?? second.Begin,
            EndOfText = first.EndOfText ?? second.EndOfText,
            Pad = first.Pad ?? second.Pad,
        };
    }

    /// <summary>The file's bytes: special tokens by their texts for other programs, and by their ids for this one.</summary>
    public static byte[] Write(ITokenizer tokenizer, Func<int, string?> contentOf)
    {
        (string Name, int Id)[] special =
            [("bos_token", tokenizer.Begin), ("eos_token", tokenizer.EndOfText), ("pad_token", tokenizer.Pad)];
        ArrayBufferWriter<byte> bytes = new();
        JsonWriterOptions options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true };
        using (Utf8JsonWriter json = new(bytes, options))
        {
            json.WriteStartObject();
            json.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
            json.WriteBoolean("clean_up_tokenization_spaces", false);
            foreach ((string name, int id) in special)
            {
                if (contentOf(id) is { } content)
                {
                    json.WriteString(name, content);
                }
            }

            json.WriteStartObject(IdsName);
            json.WriteNumber("begin", tokenizer.Begin);
            json.WriteNumber("end", tokenizer.EndOfText);
            json.WriteNumber("pad", tokenizer.Pad);
            json.WriteNumber("vocabulary", tokenizer.VocabularySize);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        bytes.Write("\n"u8);
        return bytes.WrittenSpan.ToArray();
    }

    private static TokenizerConfig ReadFile(string path)
    {
        TokenizerConfig config = None;
        if (File.Exists(path))
        {
            Json.Read<JsonElement>(path, root =>
            {
                config = Of(root);
                return null;
            });
        }

        return config;
    }

    private static TokenizerConfig Of(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("it is no object");
        }

        JsonElement ids = root.Member(IdsName);
        return new TokenizerConfig(
            Content(root, "bos_token"), Content(root, "eos_token"), Content(root, "pad_token"), [.. AddedOf(root)],
            new TokenizerIds(Id(ids, "begin"), Id(ids, "end"), Id(ids, "pad"), Size(ids)));
    }

    // A token is its text, or an object with it.
    private static string? Content(JsonElement root, string name)
    {
        JsonElement token = root.Member(name);
        return token.IsAbsent() ? null
            : token.ValueKind == JsonValueKind.String ? token.GetString()
            : token.Text("content", name);
    }

    private static int? Id(JsonElement ids, string name) => ids.Member(name) is var id && id.IsAbsent() ? null : id.Id(IdsName);

    private static int? Size(JsonElement ids)
    {
        JsonElement size = ids.Member("vocabulary");
        return size.IsAbsent() ? null
            : size.ValueKind == JsonValueKind.Number && size.TryGetInt32(out int value)
                && value is > 0 and <= TokenizerModel.MostIds ? value
            : throw new JsonException($"{IdsName}.vocabulary is not from 1 to {TokenizerModel.MostIds}");
    }

    private static IEnumerable<AddedToken> AddedOf(JsonElement root)
    {
        JsonElement added = root.Member("added_tokens_decoder");
        if (added.IsAbsent())
        {
            yield break;
        }

        if (added.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("added_tokens_decoder is no object");
        }

        foreach (JsonProperty token in added.EnumerateObject())
        {
            yield return int.TryParse(token.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                && id < TokenizerModel.MostIds
                ? AddedToken.Read(token.Value, id)
                : throw new JsonException($"added_tokens_decoder has the key {Quote.Of(token.Name)}, expected an id");
        }
    }
}
