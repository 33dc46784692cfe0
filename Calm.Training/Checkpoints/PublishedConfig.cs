using System.Text.Json;
using System.Text.Json.Nodes;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// The <c>config.json</c> of a model, as the published code, the transformers library and this program write it. A missing
/// key has the default of the published class; every key that is there is honoured, has no effect, or is refused by name.
/// </summary>
internal sealed class PublishedConfig
{
    private static readonly JsonFile Json = new("a model's configuration", "get it again", SettingsJson.Options);

    private readonly string _folder;
    private readonly JsonElement _config;

    private PublishedConfig(string folder, JsonElement config) => (_folder, _config) = (folder, config);

    /// <summary>Reads the configuration of a folder, or the one beside a file of weights.</summary>
    /// <exception cref="CalmException">There is none, or it is no JSON object.</exception>
    public static PublishedConfig Read(string path)
    {
        string folder = File.Exists(path) ? Path.GetDirectoryName(Path.GetFullPath(path))! : path;
        return new(folder, JsonSerializer.SerializeToElement(Json.ReadObject(PathIn(folder))));
    }

    /// <summary>Path of the file in a folder.</summary>
    public static string PathIn(string folder) => Path.Combine(folder, ModelFolder.ConfigFile);

    /// <summary>Path of this file.</summary>
    public string Where => PathIn(_folder);

    /// <summary>The kind of model.</summary>
    /// <exception cref="CalmException">The architecture is missing, or unknown.</exception>
    public Stage Stage => Architecture switch
    {
        PublishedCheckpoint.ArArchitecture => Stage.Ar,
        PublishedCheckpoint.AutoencoderArchitecture => Stage.Autoencoder,
        _ when HeadOfArchitecture is not null => Stage.Calm,
        _ => throw new CalmException(
            $"{Where}: is of a {Quote.Name(Architecture)}; this program has {string.Join(", ", Known)}."),
    };

    /// <summary>The architecture that the file names.</summary>
    /// <exception cref="CalmException">It names none.</exception>
    public string Architecture =>
        _config.TryGetProperty("architectures", out JsonElement names) && names.ValueKind == JsonValueKind.Array
            && names.GetArrayLength() == 1 && names[0].ValueKind == JsonValueKind.String
            ? names[0].GetString()!
            : throw new CalmException(
                $"{Where}: does not name one architecture; it should name one of {string.Join(", ", Known)}.");

    /// <summary>The folder of a language model's autoencoder, as the file names it; null if it names none.</summary>
    public string? AutoencoderFolder =>
        _config.TryGetProperty("ae_path", out JsonElement path) && path.ValueKind == JsonValueKind.String
            && path.GetString() is { Length: > 0 } text && !text.Contains('\0', StringComparison.Ordinal)
            ? Path.GetFullPath(Path.Combine(_folder, text))
            : null;

    /// <summary>The context that the model was made for, in positions; null if it is not said.</summary>
    public int? MostPositions =>
        _config.TryGetProperty("max_position_embeddings", out JsonElement value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt32(out int positions) && positions > 0
            ? positions
            : null;

    /// <summary>The configuration of an autoencoder.</summary>
    public AutoencoderConfig Autoencoder()
    {
        RequireType("", "autoencoder");
        AutoencoderConfig published = new()
        {
            VocabSize = 32000,
            HiddenSize = 512,
            IntermediateSize = 1280,
            LatentSize = 128,
            BosTokenId = 1,
            EosTokenId = 2,
            PadTokenId = null,
        };

        // Its output matrix is the embedding, whatever tie_word_embeddings says.
        return Settings(published, ShapeCheck.Of, "tie_word_embeddings");
    }

    /// <summary>The configuration of a language model of patches.</summary>
    /// <param name="head">The head that its weights belong to.</param>
    public CalmConfig Calm(HeadKind head)
    {
        RequireType("", HeadName(head));
        if (HeadOfArchitecture != head)
        {
            throw new CalmException(
                $"{Where}: is of a {Architecture}, the weights are those of {WithArticle(head)} head.");
        }

        if (_config.TryGetProperty("tie_word_embeddings", out JsonElement tied) && tied.ValueKind == JsonValueKind.True)
        {
            throw new CalmException(
                $"{Where}: asks for tie_word_embeddings true, and a model of patches has no output matrix to tie.");
        }

        CalmConfig published = new()
        {
            VocabSize = 32000,
            HiddenSize = 768,
            IntermediateSize = 2048,
            NumHiddenLayers = 12,
            NumAttentionHeads = 12,
            NumKeyValueHeads = 12,
            LatentSize = 128,
            BosTokenId = 1,
            EosTokenId = 2,
            PadTokenId = null,
        };
        CalmConfig read = Settings(published with { Head = head }, ShapeCheck.Of, "tie_word_embeddings");
        return read.Head == head
            ? read
            : throw new CalmException(
                $"{Where}: asks for {WithArticle(read.Head)} head, the weights are those of {WithArticle(head)} head.");
    }

    /// <summary>The configuration of a discrete model.</summary>
    /// <param name="weights">Its weights, which tell whether the output matrix is tied if the file does not.</param>
    public ArConfig Ar(IWeightSource weights)
    {
        RequireType("llama");
        ArConfig published = new()
        {
            VocabSize = 32000,
            HiddenSize = 4096,
            IntermediateSize = 11008,
            NumHiddenLayers = 32,
            NumAttentionHeads = 32,
            NumKeyValueHeads = 32,
            BosTokenId = 1,
            EosTokenId = 2,
            PadTokenId = null,
            TieWordEmbeddings = weights.SizesOf(ArModel.OutputName) is null,
        };
        return Settings(published, ShapeCheck.Of);
    }

    private static IEnumerable<string> Known =>
    [
        PublishedCheckpoint.AutoencoderArchitecture, PublishedCheckpoint.ArArchitecture,
        .. Enum.GetValues<HeadKind>().Select(PublishedCheckpoint.ArchitectureOf),
    ];

    private HeadKind? HeadOfArchitecture =>
        Enum.GetValues<HeadKind>().Cast<HeadKind?>()
            .FirstOrDefault(head => PublishedCheckpoint.ArchitectureOf(head!.Value) == Architecture);

    private static string HeadName(HeadKind head) => head.ToString().ToLowerInvariant();

    private static string WithArticle(HeadKind head) => $"{(head == HeadKind.Energy ? "an" : "a")} {HeadName(head)}";

    private void RequireType(params ReadOnlySpan<string> allowed)
    {
        if (_config.TryGetProperty("model_type", out JsonElement type) && type.ValueKind != JsonValueKind.Null
            && !allowed.Contains(type.ValueKind == JsonValueKind.String ? type.GetString()! : type.GetRawText()))
        {
            throw new CalmException($"{Where}: has model_type {ConfigKeys.Short(type)}, expected {allowed[^1]}.");
        }
    }

    /// <summary>Puts what the file says over the defaults of the published class.</summary>
    private T Settings<T>(T published, Action<T> check, params ReadOnlySpan<string> withoutEffect) where T : notnull
    {
        JsonObject merged = JsonSerializer.SerializeToNode(published, SettingsJson.Options)!.AsObject();
        HashSet<string> settings = [.. merged.Select(entry => entry.Key), .. withoutEffect, "model_type", "head_dim"];
        ConfigKeys.Check(Where, _config, settings);
        foreach (JsonProperty entry in _config.EnumerateObject().Where(entry => merged.ContainsKey(entry.Name)))
        {
            merged[entry.Name] = JsonNode.Parse(entry.Value.GetRawText());
        }

        TakeBaseOfRope(merged);
        TakeKeyValueHeads(merged);
        TakeTokenIds(merged);
        T read = Checked(Json.Parse<T>(JsonSerializer.SerializeToUtf8Bytes(merged), Where), check);
        RequireIds(read);
        return read is TransformerConfig transformer ? (T)(object)WithHeadSize(transformer) : read;
    }

    // Newer files have the base of the rotary embedding one object deeper.
    private void TakeBaseOfRope(JsonObject merged)
    {
        if (_config.TryGetProperty("rope_parameters", out JsonElement rope) && rope.ValueKind == JsonValueKind.Object
            && rope.TryGetProperty("rope_theta", out JsonElement theta))
        {
            merged["rope_theta"] = theta.GetDouble();
        }
    }

    // Without a number of their own there are as many as query heads.
    private void TakeKeyValueHeads(JsonObject merged)
    {
        bool isSaid = _config.TryGetProperty("num_key_value_heads", out JsonElement heads);
        if (merged.ContainsKey("num_attention_heads") && !(isSaid && heads.ValueKind != JsonValueKind.Null))
        {
            merged["num_key_value_heads"] = merged["num_attention_heads"]!.DeepClone();
        }
    }

    private void TakeTokenIds(JsonObject merged)
    {
        if (merged["eos_token_id"] is JsonArray ends)
        {
            merged["eos_token_id"] = ends is [JsonValue only]
                ? only.DeepClone()
                : throw new CalmException(
                    $"{Where}: eos_token_id lists {ends.Count} ids, and this program's models end at one; keep the one that "
                    + "ends a text.");
        }

        if (merged["eos_token_id"] is null)
        {
            throw new CalmException($"{Where}: eos_token_id is null; name the id that ends a text.");
        }

        merged["bos_token_id"] ??= merged["eos_token_id"]!.DeepClone();
        if (merged["pad_token_id"] is JsonValue pad && pad.GetValueKind() == JsonValueKind.Number && pad.ToString()[0] == '-')
        {
            merged["pad_token_id"] = null;
        }
    }

    private void RequireIds<T>(T read)
    {
        (int vocabulary, (string Name, int? Id)[] ids) = read switch
        {
            AutoencoderConfig c => (c.VocabSize, Ids(c.BosTokenId, c.EosTokenId, c.PadTokenId)),
            TransformerConfig c => (c.VocabSize, Ids(c.BosTokenId, c.EosTokenId, c.PadTokenId)),
            _ => (int.MaxValue, []),
        };
        foreach ((string name, int? id) in ids)
        {
            if (id >= vocabulary)
            {
                throw new CalmException($"{Where}: {name} is {id}, expected 0 to {vocabulary - 1}.");
            }
        }

        static (string, int?)[] Ids(int begin, int end, int? pad) =>
            [("bos_token_id", begin), ("eos_token_id", end), ("pad_token_id", pad)];
    }

    private TransformerConfig WithHeadSize(TransformerConfig config) =>
        !_config.TryGetProperty("head_dim", out JsonElement size) || size.ValueKind == JsonValueKind.Null
            || (size.ValueKind == JsonValueKind.Number && size.GetDouble() == config.HeadSize)
            ? config
            : throw new CalmException(
                $"{Where}: asks for head_dim {ConfigKeys.Short(size)}, and this program's heads have hidden_size / "
                + $"num_attention_heads, here {config.HeadSize}, components.");

    private T Checked<T>(T shape, Action<T> check)
    {
        try
        {
            check(shape);
            return shape;
        }
        catch (SettingException failure)
        {
            throw new CalmException($"{Where}: {failure.Message}", failure);
        }
    }
}
