using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Reads a configuration: a preset, overlaid by a JSON file and then by settings such as <c>calm.hidden_size=256</c>.
/// An unknown key is an error that names the nearest known one.
/// </summary>
internal static class ConfigReader
{
    private static readonly JsonFile Json = new(
        "a JSON object of settings", "write it as run.json of a run has it in config", SettingsJson.Options, isWritten: true);

    /// <summary>Puts preset, file and settings together.</summary>
    /// <param name="preset">The configuration to start from.</param>
    /// <param name="file">A JSON file, or null.</param>
    /// <param name="settings">Each <c>key.key=value</c>.</param>
    /// <exception cref="CalmException">A key, a value or the file cannot be read; the message says which.</exception>
    public static RunConfig Read(RunConfig preset, string? file, IEnumerable<string> settings)
    {
        JsonObject config = JsonSerializer.SerializeToNode(preset, SettingsJson.Options)!.AsObject();
        if (file is not null)
        {
            Overlay(config, Json.ReadObject(file), "", file);
        }

        foreach (string setting in settings)
        {
            Set(config, setting);
        }

        return Deserialize(config);
    }

    /// <summary>A configuration as text.</summary>
    public static string Write(RunConfig config) => JsonSerializer.Serialize(config, SettingsJson.Options);

    private static void Overlay(JsonObject target, JsonObject source, string path, string where)
    {
        foreach ((string key, JsonNode? value) in source)
        {
            RequireKey(target, key, path, where);
            if (target[key] is JsonObject inner)
            {
                Overlay(
                    inner,
                    value as JsonObject ?? throw new SettingException($"{where}: {path}{key} must be an object."),
                    $"{path}{key}.",
                    where);
            }
            else
            {
                target[key] = value?.DeepClone();
            }
        }
    }

    private static void Set(JsonObject config, string setting)
    {
        int equals = setting.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            throw new SettingException($"set {setting}: must be key.key=value, such as calm.hidden_size=256.");
        }

        string[] keys = setting[..equals].Split('.');
        JsonObject target = config;
        for (int i = 0; i < keys.Length; i++)
        {
            string path = string.Concat(keys[..i].Select(key => key + "."));
            RequireKey(target, keys[i], path, "set");
            if (i < keys.Length - 1)
            {
                target = target[keys[i]] as JsonObject
                    ?? throw new SettingException($"set {setting}: {path}{keys[i]} is a value, it has no keys.");
            }
        }

        if (target[keys[^1]] is JsonObject)
        {
            throw new SettingException($"set {setting}: {setting[..equals]} has keys of its own; set one of them.");
        }

        target[keys[^1]] = ParseValue(setting[(equals + 1)..]);
    }

    private static JsonNode? ParseValue(string text) =>
        text == "null" ? null
        : bool.TryParse(text, out bool flag) ? JsonValue.Create(flag)
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole)
            ? JsonValue.Create(whole)
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? JsonValue.Create(number)
        : JsonValue.Create(text);

    private static void RequireKey(JsonObject target, string key, string path, string where)
    {
        if (!target.ContainsKey(key))
        {
            string nearest = NearestName.To(key, target.Select(entry => entry.Key));
            throw new SettingException($"{where}: unknown key {path}{key}; did you mean {path}{nearest}?");
        }
    }

    private static RunConfig Deserialize(JsonObject config)
    {
        try
        {
            return config.Deserialize<RunConfig>(SettingsJson.Options)!;
        }
        catch (JsonException failure)
        {
            string key = (failure.Path ?? "$").TrimStart('$', '.');
            throw new SettingException(
                Words(key) is { } words
                    ? $"{key}: must be one of {string.Join(", ", words)}."
                    : $"{key}: the value does not fit: {failure.Message.Split('.')[0]}.");
        }
    }

    /// <summary>The allowed words of a key; null if it is no enumeration.</summary>
    private static IEnumerable<string>? Words(string key)
    {
        Type? type = typeof(RunConfig);
        foreach (string part in key.Split('.'))
        {
            type = type?.GetProperties()
                .FirstOrDefault(property => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name) == part)?.PropertyType;
        }

        return type is { IsEnum: true }
            ? type.GetEnumNames().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)
            : null;
    }
}
