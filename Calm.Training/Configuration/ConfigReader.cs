using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Reads a configuration: a preset, overlaid by a JSON file and then by settings such as <c>calm.hidden_size=256</c>.
/// An unknown key is an error that names a near one.
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

    /// <summary>The settings of a section that differ between two configurations: "batch_size 16, now 64".</summary>
    /// <param name="before">The earlier configuration.</param>
    /// <param name="now">The later one.</param>
    public static IReadOnlyList<string> Changes(RunConfig before, RunConfig now)
    {
        JsonObject old = JsonSerializer.SerializeToNode(before, SettingsJson.Options)!.AsObject();
        JsonObject current = JsonSerializer.SerializeToNode(now, SettingsJson.Options)!.AsObject();
        return
        [
            .. from section in current
               where section.Value is JsonObject
               from setting in section.Value!.AsObject()
               let earlier = old[section.Key]![setting.Key]
               where !JsonNode.DeepEquals(earlier, setting.Value)
               select $"{section.Key}.{setting.Key} {Text(earlier)}, now {Text(setting.Value)}",
        ];

        static string Text(JsonNode? value) => value?.ToJsonString() ?? "null";
    }

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
            string near = Suggestion.For(key, target.Select(entry => entry.Key), path);
            throw new SettingException($"{where}: unknown key {path}{key}{near}");
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
            throw new SettingException($"{key}{Given(config, key)}: {Expected(key, Text(config, key))}");
        }
    }

    private static string Given(JsonObject config, string key) => Text(config, key) is { } text ? $" {text}" : "";

    /// <summary>The value of a key as written, if it is short.</summary>
    private static string? Text(JsonObject config, string key)
    {
        const int mostLetters = 40;
        JsonNode? at = config;
        foreach (string part in key.Split('.'))
        {
            at = at is JsonObject inner ? inner[part] : null;
        }

        string? text = at is JsonValue value ? Convert.ToString(value.GetValue<object>(), CultureInfo.InvariantCulture) : null;
        return text?.Length <= mostLetters ? text : null;
    }

    /// <summary>The rest of a message: the values that a key takes.</summary>
    private static string Expected(string key, string? given)
    {
        Type type = TypeOf(key);
        if (!type.IsEnum)
        {
            string what = Type.GetTypeCode(type) switch
            {
                TypeCode.Boolean => "true or false",
                TypeCode.String => "a text",
                TypeCode.Single or TypeCode.Double => "a number such as 0.5",
                TypeCode.Object => "an object of settings",
                TypeCode.UInt64 => "a whole number, 0 or above",
                _ => IsHuge(given) ? "a whole number that is not so huge" : "a whole number",
            };
            return $"must be {what}.";
        }

        string[] words = [.. type.GetEnumNames().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];
        return $"must be one of {string.Join(", ", words)}{Suggestion.For(given ?? "", words)}";
    }

    private static bool IsHuge(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
        && Math.Abs(number) > int.MaxValue;

    private static Type TypeOf(string key)
    {
        Type? type = typeof(RunConfig);
        foreach (string part in key.Split('.'))
        {
            type = type?.GetProperties()
                .FirstOrDefault(property => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name) == part)?.PropertyType;
        }

        return type is null ? typeof(object) : Nullable.GetUnderlyingType(type) ?? type;
    }
}
