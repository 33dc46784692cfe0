using System.Text.Json;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>What was asked of a study: the file <c>study.json</c> of its folder.</summary>
/// <param name="Study">Which study.</param>
/// <param name="Command">
/// What was typed, for the page: every option but those that say where files go, with budget and seed where none were given.
/// </param>
/// <param name="Minutes">The budget.</param>
/// <param name="Steps">Instead of the budget, steps of every arm: for tests; 0 for none.</param>
/// <param name="Seed">Seed of everything random.</param>
/// <param name="Text">What the text is called.</param>
/// <param name="Device">Where it runs, and what decides its bits.</param>
/// <param name="Settings">What the user changed in every arm.</param>
/// <param name="Continued">What was typed afterwards to give it another budget; null for nothing.</param>
/// <param name="PlannedMinutes">The budget that it had first, if it was given another.</param>
internal sealed record StudyDescription(
    string Study, string Command, double Minutes, int Steps, ulong Seed, string Text, string Device,
    IReadOnlyList<string> Settings, IReadOnlyList<string>? Continued = null, double? PlannedMinutes = null)
{
    private const string FileName = "study.json";

    /// <summary>The budget.</summary>
    public TimeSpan Budget => TimeSpan.FromMinutes(Minutes);

    /// <summary>The same with another budget.</summary>
    /// <param name="minutes">The budget.</param>
    /// <param name="typed">What was typed to give it.</param>
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
    /// <exception cref="CalmException">The folder has none.</exception>
    public static StudyDescription Read(string folder)
    {
        string file = Path.Combine(folder, FileName);
        try
        {
            return JsonSerializer.Deserialize<StudyDescription>(File.ReadAllBytes(file), SettingsJson.Options)!;
        }
        catch (Exception failure) when (failure is IOException or JsonException or UnauthorizedAccessException)
        {
            throw new CalmException($"{file}: cannot be read as a study: {failure.Message}", failure);
        }
    }
}
