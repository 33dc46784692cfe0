using System.Text.Json;
using System.Text.Json.Nodes;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>The file <c>log.jsonl</c> of a run, with one JSON object per line. Reports are made from it.</summary>
internal sealed class TrainingLog(string path)
{
    /// <summary>The file's name.</summary>
    public const string FileName = "log.jsonl";

    private const string StepName = "step";
    private static readonly JsonFile Json = new("a line of a log", "leave it out", JsonSerializerOptions.Default);

    /// <summary>Appends a line.</summary>
    public void Append(JsonObject line)
    {
        try
        {
            File.AppendAllText(path, line.ToJsonString() + "\n");
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
            throw FileFailure.Writing(path, failure, "what was logged before");
        }
    }

    /// <summary>A number as the log holds it: null if it is not finite, since JSON has no such numbers.</summary>
    public static JsonNode? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    /// <summary>A number of a line; NaN if the line has none of that name.</summary>
    public static double Number(JsonObject line, string name) =>
        line[name] is JsonValue value && value.TryGetValue(out double number) ? number : double.NaN;

    /// <summary>The step of a line; 0 if it has none.</summary>
    public static int Step(JsonObject line) =>
        line[StepName] is JsonValue value && value.TryGetValue(out int step) ? step : 0;

    /// <summary>The step of the last line; 0 if there is none.</summary>
    public int LastStep => Read(path) is [.., JsonObject last] ? Step(last) : 0;

    /// <summary>Removes the lines after a step and an incomplete last line. They will be written again.</summary>
    public void KeepThrough(int step)
    {
        if (File.Exists(path))
        {
            IEnumerable<string> kept = Read(path).Where(line => Step(line) <= step).Select(line => line.ToJsonString());
            SafeFile.Write(path, System.Text.Encoding.UTF8.GetBytes(string.Concat(kept.Select(line => line + "\n"))));
        }
    }

    /// <summary>
    /// The lines of a log. What is no JSON object with a step is left out, such as a line that a crash cut short: a damaged
    /// log must not keep a run from going on.
    /// </summary>
    public static IReadOnlyList<JsonObject> Read(string path)
    {
        try
        {
            return File.Exists(path) ? [.. File.ReadLines(path).Select(TryParse).OfType<JsonObject>()] : [];
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
            throw FileFailure.Reading(path, failure);
        }
    }

    private static JsonObject? TryParse(string text)
    {
        try
        {
            JsonObject line = Json.Parse<JsonObject>(System.Text.Encoding.UTF8.GetBytes(text), FileName);
            return Step(line) > 0 ? line : null;
        }
        catch (CalmException)
        {
            return null;
        }
    }
}
