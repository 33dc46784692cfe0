using System.Text;
using System.Text.Json;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>Finds the text in JSON objects.</summary>
/// <param name="field">The name of its member; <c>a.b</c> is b in the object a.</param>
internal sealed class JsonText(string field)
{
    // Of values beside the text, which are passed over.
    private const int DeepestNesting = 1 << 12;
    private const int MostNames = 8;

    private readonly byte[][] _names = [.. field.Split('.').Select(Encoding.UTF8.GetBytes)];

    /// <summary>The depth to which documents are read.</summary>
    public static JsonReaderOptions ReaderOptions => new() { MaxDepth = DeepestNesting };

    /// <summary>The text of an object.</summary>
    /// <param name="json">The object and nothing else.</param>
    /// <param name="where">Its place, for messages: "a.jsonl, line 3".</param>
    /// <exception cref="CalmException">It is broken or has no such text.</exception>
    public byte[] Read(ReadOnlySpan<byte> json, string where)
    {
        try
        {
            Utf8JsonReader reader = new(json, ReaderOptions);
            reader.Read();
            byte[] text = Find(ref reader, 0, where) ?? throw Missing(json, where);
            reader.Read();
            return text;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // The reader throws the latter for strings that are not UTF-8.
            throw Invalid(where, failure);
        }
    }

    /// <summary>The error for what is not JSON.</summary>
    public CalmException Invalid(string where, Exception failure) => Broken(where, $"not valid JSON ({Reason(failure)})");

    /// <summary>The text below the object at which a reader stands; null if it is not there.</summary>
    private byte[]? Find(ref Utf8JsonReader reader, int depth, string where)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Broken(where, depth == 0 ? "not a JSON object" : $"\"{NameTo(depth)}\" is not an object");
        }

        byte[]? text = null;
        bool isThere = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isNext = reader.ValueTextEquals(_names[depth]);
            reader.Read();
            if (!isNext)
            {
                reader.Skip();
                continue;
            }

            text = !isThere ? Value(ref reader, depth + 1, where) : throw Broken(where, $"\"{NameTo(depth + 1)}\" stands twice");
            isThere = true;
        }

        return text;
    }

    private byte[]? Value(ref Utf8JsonReader reader, int depth, string where)
    {
        if (depth < _names.Length)
        {
            return Find(ref reader, depth, where);
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            throw Broken(where, $"\"{field}\" is not a string");
        }

        byte[] unescaped = new byte[reader.ValueSpan.Length];
        return unescaped[..reader.CopyString(unescaped)];
    }

    private string NameTo(int depth) => string.Join('.', field.Split('.')[..depth]);

    private CalmException Missing(ReadOnlySpan<byte> json, string where)
    {
        Utf8JsonReader reader = new(json, ReaderOptions);
        List<string> names = [];
        string? text = null;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName && names.Count < MostNames)
        {
            names.Add(reader.GetString()!);
            reader.Read();
            text ??= reader.TokenType == JsonTokenType.String ? names[^1] : null;
            reader.Skip();
        }

        return MissingField.Of(where, field, names, text);
    }

    // The reader counts lines itself, from 0 and within what it was given: here always 0.
    private static string Reason(Exception failure) =>
        failure.Message.Split(" LineNumber:")[0].ReplaceLineEndings(" ").TrimEnd('.');

    private CalmException Broken(string where, string what) =>
        new($"{where}: {what}; a document is an object such as {{\"{field}\": \"...\"}}.");
}
