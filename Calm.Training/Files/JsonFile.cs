using System.Text.Json;
using System.Text.Json.Nodes;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Reads JSON files of one kind, whatever is in them: the value, or one line that says which file, what is wrong and what to do.
/// </summary>
/// <param name="kind">The file in words: "a tokenizer that Calm wrote".</param>
/// <param name="remedy">The advice that ends a message: "train a new one".</param>
/// <param name="options">Names and conversions.</param>
/// <param name="isWritten">Whether people write such files: then comments and trailing commas are allowed.</param>
internal sealed class JsonFile(string kind, string remedy, JsonSerializerOptions options, bool isWritten = false)
{
    private const int MostBytes = 1 << 28;
    private const int DeepestNesting = 64;

    private readonly JsonSerializerOptions _options = new(options)
    {
        AllowDuplicateProperties = false,
        AllowTrailingCommas = isWritten,
        MaxDepth = DeepestNesting,
        ReadCommentHandling = isWritten ? JsonCommentHandling.Skip : JsonCommentHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problem">Names the fault of a value that its type allows; null for none.</param>
    /// <exception cref="CalmException">It cannot be read, or holds something else.</exception>
    public T Read<T>(string path, Func<T, string?>? problem = null) => Parse(BoundedFile.Read(path, MostBytes), path, problem);

    /// <summary>Reads a value from memory.</summary>
    /// <param name="json">The text.</param>
    /// <param name="where">Its source, for messages.</param>
    /// <param name="problem">Names the fault of a value that its type allows; null for none.</param>
    /// <exception cref="CalmException">It holds something else.</exception>
    public T Parse<T>(ReadOnlySpan<byte> json, string where, Func<T, string?>? problem = null)
    {
        try
        {
            json = json.StartsWith(FileLines.Utf8Mark) ? json[FileLines.Utf8Mark.Length..] : json;
            RequireJson(json);
            T value = JsonSerializer.Deserialize<T>(json, _options) ?? throw new JsonException("it is null");
            return problem?.Invoke(value) is { } text ? throw new JsonException(text) : value;
        }
        catch (Exception failure) when (IsFault(failure))
        {
            throw Refusal(where, failure);
        }
    }

    /// <summary>Makes a value of a file of another format that stands for the same.</summary>
    /// <param name="where">Its source, for messages.</param>
    /// <param name="make">Makes it, or throws as a faulty value does.</param>
    /// <exception cref="CalmException">It holds something else.</exception>
    public T Make<T>(string where, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (Exception failure) when (IsFault(failure))
        {
            throw Refusal(where, failure);
        }
    }

    /// <summary>Reads an object whose members are not known beforehand.</summary>
    /// <inheritdoc cref="Read"/>
    public JsonObject ReadObject(string path)
    {
        // An object of nodes would meet a key that stands twice only when it is used.
        JsonElement root = Read<JsonElement>(path, root => root.ValueKind == JsonValueKind.Object ? null : "it is no object");
        return JsonObject.Create(root)!;
    }

    private static bool IsFault(Exception failure) =>
        failure is JsonException or ArgumentException or InvalidOperationException or OverflowException;

    private CalmException Refusal(string where, Exception failure) =>
        new($"{where}: not {kind}: {Reason(failure)}; {remedy}.", failure);

    // Faults of the text itself are found here, so that what Deserialize finds is the fault of a value.
    private void RequireJson(ReadOnlySpan<byte> json)
    {
        Utf8JsonReader reader = new(json, new JsonReaderOptions
        {
            AllowTrailingCommas = _options.AllowTrailingCommas,
            CommentHandling = _options.ReadCommentHandling,
            MaxDepth = _options.MaxDepth,
        });
        if (json.Trim(" \t\r\n"u8).IsEmpty)
        {
            throw new JsonException("it is empty");
        }

        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
            {
                RequireText(ref reader);
            }
            else if (reader.TokenType == JsonTokenType.Number && !double.IsFinite(reader.GetDouble()))
            {
                throw new JsonException($"a number at byte {reader.TokenStartIndex} is too large");
            }
        }
    }

    private static void RequireText(ref Utf8JsonReader reader)
    {
        try
        {
            reader.GetString();
        }
        catch (InvalidOperationException failure)
        {
            throw new JsonException($"a text at byte {reader.TokenStartIndex} is not Unicode", failure);
        }
    }

    // The library's words on values name .NET types; the path is what a reader needs.
    private static string Reason(Exception failure)
    {
        const string missing = "missing required properties including: ";
        string text = failure.Message.ReplaceLineEndings(" ").Split([" Path: ", " LineNumber: "], 2, default)[0].TrimEnd('.', ' ')
            .Replace(" encountered during deserialization", "", StringComparison.Ordinal).Split(" of type '")[0];
        if (text.IndexOf(missing, StringComparison.Ordinal) is >= 0 and int at)
        {
            return $"it lacks {text[(at + missing.Length)..]}";
        }

        bool isOfKeys = text.StartsWith("Duplicate property", StringComparison.Ordinal);
        return failure is JsonException { Path: { Length: > 0 } path } && path != "$" && !isOfKeys
            ? $"{path.TrimStart('$', '.')} has a value that does not fit"
            : text.Contains("could not be converted", StringComparison.Ordinal) ? "it has another shape" : text;
    }
}
