using System.Text.Json;
using System.Text.Json.Nodes;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>The file <c>log.jsonl</c> of a run, with one JSON object per line. Reports are made from it.</summary>
internal sealed class TrainingLog(string path)
{
    /// <summary>The file's name.</summary>
    public const string FileName = "log.jsonl";

    /// <summary>Appends a line.</summary>
    public void Append(JsonObject line)
    {
        try
        {
            File.AppendAllText(path, line.ToJsonString() + "\n");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CalmException($"{path}: cannot be written: {failure.Message}", failure);
        }
    }

    /// <summary>Removes the lines after a step and an incomplete last line. They will be written again.</summary>
    public void KeepThrough(int step)
    {
        if (File.Exists(path))
        {
            IEnumerable<string> kept = Read(path).Where(line => (int?)line["step"] <= step).Select(line => line.ToJsonString());
            SafeFile.Write(path, System.Text.Encoding.UTF8.GetBytes(string.Concat(kept.Select(line => line + "\n"))));
        }
    }

    /// <summary>The lines of a log. Lines that are no JSON object are left out, such as one that a crash cut short.</summary>
    public static IReadOnlyList<JsonObject> Read(string path)
    {
        List<JsonObject> lines = [];
        foreach (string text in File.Exists(path) ? File.ReadLines(path) : [])
        {
            try
            {
                if (JsonNode.Parse(text) is JsonObject line)
                {
                    lines.Add(line);
                }
            }
            catch (JsonException)
            {
                // Only the last line can be broken, and its step runs again.
            }
        }

        return lines;
    }
}
