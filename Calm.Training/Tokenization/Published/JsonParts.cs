using System.Text.Json;

namespace Calm.Training;

/// <summary>Members of the JSON of published tokenizers, each there and of its type or named in the error.</summary>
internal static class JsonParts
{
    /// <summary>Whether a member is missing or null.</summary>
    public static bool IsAbsent(this JsonElement element) => element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    /// <summary>A member; undefined if it is missing.</summary>
    public static JsonElement Member(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement member) ? member : default;

    /// <summary>The type of a part.</summary>
    public static string Type(this JsonElement element, string part) =>
        element.Text("type", part);

    /// <summary>A boolean member.</summary>
    public static bool Flag(this JsonElement element, string name, bool otherwise = false) =>
        element.Member(name).ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Undefined or JsonValueKind.Null => otherwise,
            _ => throw new JsonException($"{name} is neither true nor false"),
        };

    /// <summary>A member that is a text.</summary>
    public static string Text(this JsonElement element, string name, string part) =>
        element.Member(name) is { ValueKind: JsonValueKind.String } text
            ? text.GetString()!
            : throw new JsonException($"{part} has no {name}");

    /// <summary>The items of a list.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element, string name, string part) =>
        element.Member(name) is { ValueKind: JsonValueKind.Array } list
            ? list.EnumerateArray()
            : throw new JsonException($"{part} has no list {name}");

    /// <summary>An id of a token.</summary>
    public static int Id(this JsonElement element, string part) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int id) && id is >= 0 and < TokenizerModel.MostIds
            ? id
            : throw new JsonException($"{part} has an id that is not from 0 to {TokenizerModel.MostIds - 1}");

    /// <summary>Refuses members that might mean something.</summary>
    public static void RequireOnly(this JsonElement element, string part, params ReadOnlySpan<string> known)
    {
        foreach (JsonProperty member in element.EnumerateObject())
        {
            if (!known.Contains(member.Name))
            {
                throw new JsonException($"{part} has the member {Quote.Of(member.Name)}, which is not supported");
            }
        }
    }
}
