using System.Text.Json;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>The request for a study: the file <c>study.json</c> of its folder.</summary>
/// <param name="Study">Name of the study.</param>
/// <param name="Command">
/// The command line for the page: every option except output paths, with budget and seed even if they were not given.
/// </param>
/// <param name="Minutes">The budget.</param>
/// <param name="Steps">Steps of every arm instead of the budget, for tests; 0 for none.</param>
/// <param name="Seed">Seed of everything random.</param>
/// <param name="Text">Name of the text.</param>
/// <param name="Device">Description of the device, including all that affects its bits.</param>
/// <param name="Settings">The user's changes to all arms.</param>
/// <param name="Continued">Later command lines that changed the budget; null for none.</param>
/// <param name="PlannedMinutes">The first budget, if it was changed.</param>
internal sealed record StudyDescription(
    string Study, string Command, double Minutes, int Steps, ulong Seed, string Text, string Device,
    IReadOnlyList<string> Settings, IReadOnlyList<string>? Continued = null, double? PlannedMinutes = null)
{
    private const string FileName = "study.json";

    private static readonly JsonFile Json = new("a study", "name the folder of a study", SettingsJson.Options);

    /// <summary>The budget.</summary>
    public TimeSpan Budget => TimeSpan.FromMinutes(Minutes);

    /// <summary>The same with another budget.</summary>
    /// <param name="minutes">The budget.</param>
    /// <param name="typed">The command line.</param>
    public StudyDescription With(double minutes, string typed) => this with
    {
        Minutes = minutes,
        Continued = [.. Continued ?? [], typed],
        PlannedMinutes = PlannedMinutes ?? Minutes,
    };

    /// <summary>Writes the file.</summary>
    public void Write(string folder) =>
        SafeFile.Write(Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(this, SettingsJson.Options));

    /// <summary>Reads it.</summary>
    /// <exception cref="CalmException">The folder has none, or it is damaged.</exception>
    public static StudyDescription Read(string folder)
    {
        string file = Path.Combine(folder, FileName);
        return File.Exists(file)
            ? Json.Read<StudyDescription>(file)
            : throw new CalmException($"{file}: cannot be read as a study: no such file; name the folder of one.");
    }
}
