using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Calm.Training;

/// <summary>Reads and writes tokenizer.json, the format of Hugging Face, for byte-level byte-pair encodings.</summary>
internal static class TokenizerJson
{
    // Switches of the model that change ids and are not supported, each with the values that leave it off.
    private static readonly (string Name, Func<JsonElement, bool> IsOff)[] Switches =
    [
        ("dropout", value => value.IsAbsent() || (value.ValueKind == JsonValueKind.Number && value.GetDouble() == 0)),
        ("byte_fallback", IsFalse),
        ("continuing_subword_prefix", IsEmpty),
        ("end_of_word_suffix", IsEmpty),
    ];

    /// <summary>Reads the contents of a file.</summary>
    /// <exception cref="JsonException">They are none, or ask for what is not supported.</exception>
    public static TokenizerModel Read(JsonElement root)
    {
        root.RequireOnly(
            "the file", "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor",
            "decoder", "model");
        JsonElement model = root.Member("model");
        RequireSupported(model);
        string?[] vocabulary = Vocabulary(model, out Dictionary<string, int> ids);
        AddedToken[] added = Added(root);
        if (added.FirstOrDefault(token => ids.GetValueOrDefault(token.Content, token.Id) != token.Id) is { } other)
        {
            throw new JsonException(
                $"the added token {Quote.Of(other.Content)} has id {other.Id}, in vocab {ids[other.Content]}");
        }

        return new TokenizerModel
        {
            Vocabulary = vocabulary,
            Merges = Merges(model, ids),
            IgnoresMerges = model.Flag("ignore_merges"),
            Normalizer = root.Member("normalizer"),
            PreTokenizer = root.Member("pre_tokenizer"),
            PostProcessor = root.Member("post_processor"),
        }.With(added);
    }

    /// <summary>Writes a file; the same model gives the same bytes.</summary>
    public static byte[] Write(TokenizerModel model)
    {
        ArrayBufferWriter<byte> bytes = new();
        JsonWriterOptions options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (Utf8JsonWriter json = new(bytes, options))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteNull("truncation");
            json.WriteNull("padding");
            WriteAdded(json, model.Added);
            Write(json, "normalizer", model.Normalizer);
            Write(json, "pre_tokenizer", model.PreTokenizer);
            Write(json, "post_processor", model.PostProcessor);
            json.WriteStartObject("decoder");
            json.WriteString("type", "ByteLevel");
            json.WriteBoolean("add_prefix_space", true);
            json.WriteBoolean("trim_offsets", true);
            json.WriteBoolean("use_regex", true);
            json.WriteEndObject();
            WriteModel(json, model);
            json.WriteEndObject();
        }

        bytes.Write("\n"u8);
        return bytes.WrittenSpan.ToArray();
    }

    private static bool IsFalse(JsonElement value) => value.IsAbsent() || value.ValueKind == JsonValueKind.False;

    private static bool IsEmpty(JsonElement value) =>
        value.IsAbsent() || (value.ValueKind == JsonValueKind.String && value.ValueEquals(""));

    private static AddedToken[] Added(JsonElement root) => root.Member("added_tokens").IsAbsent()
        ? []
        : [.. root.Items("added_tokens", "the file").Select(
            token => AddedToken.Read(token, token.Member("id").Id("an added token")))];

    private static void RequireSupported(JsonElement model)
    {
        if (model.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("it has no model");
        }

        // Files of early versions name no type.
        if (model.Member("type") is { } type && !type.IsAbsent() && model.Type("model") is var name and not "BPE")
        {
            throw new JsonException($"model is {Quote.Of(name)}, which is not supported; byte-level BPE is");
        }

        foreach ((string key, Func<JsonElement, bool> isOff) in Switches)
        {
            if (!isOff(model.Member(key)))
            {
                throw new JsonException($"model has {key}, which is not supported");
            }
        }

        model.RequireOnly(
            "model", "type", "unk_token", "fuse_unk", "ignore_merges", "vocab", "merges", "dropout", "byte_fallback",
            "continuing_subword_prefix", "end_of_word_suffix");
    }

    private static string?[] Vocabulary(JsonElement model, out Dictionary<string, int> ids)
    {
        if (model.Member("vocab") is not { ValueKind: JsonValueKind.Object } vocab)
        {
            throw new JsonException("model has no vocab");
        }

        ids = [];
        int largest = -1;
        foreach (JsonProperty token in vocab.EnumerateObject())
        {
            int id = token.Value.Id("vocab");
            ids.Add(token.Name, id);
            largest = Math.Max(largest, id);
        }

        string?[] vocabulary = new string?[largest + 1];
        foreach ((string token, int id) in ids)
        {
            if (vocabulary[id] is { } other)
            {
                throw new JsonException($"vocab gives {Quote.Of(token)} and {Quote.Of(other)} one id, {id}");
            }

            vocabulary[id] = token;
        }

        return vocabulary;
    }

    private static List<(int Left, int Right, int Id)> Merges(JsonElement model, Dictionary<string, int> ids)
    {
        List<(int Left, int Right, int Id)> merges = [];
        foreach (JsonElement merge in model.Items("merges", "model"))
        {
            (string left, string right) = Pair(merge) ?? throw new JsonException($"merge {merges.Count} is not a pair of tokens");
            merges.Add((Find(left), Find(right), Find(left + right)));
        }

        return merges;

        int Find(string token) =>
            ids.TryGetValue(token, out int id)
                ? id
                : throw new JsonException($"merge {merges.Count} names {Quote.Of(token)}, which vocab lacks");
    }

    /// <summary>A merge in either form: "a b" or ["a","b"].</summary>
    private static (string Left, string Right)? Pair(JsonElement merge)
    {
        if (merge.ValueKind == JsonValueKind.String)
        {
            string text = merge.GetString()!;
            int space = text.IndexOf(' ', StringComparison.Ordinal);
            return space > 0 && space == text.LastIndexOf(' ') && space < text.Length - 1
                ? (text[..space], text[(space + 1)..])
                : null;
        }

        return merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2
            && merge[0].ValueKind == JsonValueKind.String && merge[1].ValueKind == JsonValueKind.String
            ? (merge[0].GetString()!, merge[1].GetString()!)
            : null;
    }

    private static void Write(Utf8JsonWriter json, string name, JsonElement part)
    {
        json.WritePropertyName(name);
        if (part.IsAbsent())
        {
            json.WriteNullValue();
        }
        else
        {
            part.WriteTo(json);
        }
    }

    private static void WriteAdded(Utf8JsonWriter json, IReadOnlyList<AddedToken> added)
    {
        json.WriteStartArray("added_tokens");
        foreach (AddedToken token in added)
        {
            json.WriteStartObject();
            json.WriteNumber("id", token.Id);
            json.WriteString("content", token.Content);
            json.WriteBoolean("single_word", false);
            json.WriteBoolean("lstrip", false);
            json.WriteBoolean("rstrip", false);
            json.WriteBoolean("normalized", token.IsNormalized);
            json.WriteBoolean("special", token.IsSpecial);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteModel(Utf8JsonWriter json, TokenizerModel model)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteNull("unk_token");
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", false);
        json.WriteBoolean("byte_fallback", false);
        json.WriteBoolean("ignore_merges", model.IgnoresMerges);
        json.WriteStartObject("vocab");
        for (int id = 0; id < model.Vocabulary.Count; id++)
        {
            if (model.Vocabulary[id] is { } token)
            {
                json.WriteNumber(token, id);
            }
        }

        json.WriteEndObject();
        json.WriteStartArray("merges");
        bool arePlain = model.Merges.All(merge =>
            !model.Vocabulary[merge.Left]!.Contains(' ') && !model.Vocabulary[merge.Right]!.Contains(' '));
        foreach ((int left, int right, _) in model.Merges)
        {
            WriteMerge(json, model.Vocabulary[left]!, model.Vocabulary[right]!, arePlain);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    // The older form is read by every version of the format's programs.
    private static void WriteMerge(Utf8JsonWriter json, string left, string right, bool isPlain)
    {
        if (isPlain)
        {
            json.WriteStringValue($"{left} {right}");
            return;
        }

        json.WriteStartArray();
        json.WriteStringValue(left);
        json.WriteStringValue(right);
        json.WriteEndArray();
    }
}
