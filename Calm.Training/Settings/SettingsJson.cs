using System.Text.Json;
using System.Text.Json.Serialization;

namespace Calm.Training;

/// <summary>The JSON of configurations and run descriptions: keys in snake_case, enumerations as words.</summary>
internal static class SettingsJson
{
    /// <summary>Options for reading and writing.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        IgnoreReadOnlyProperties = true,
        WriteIndented = true,
    };
}
