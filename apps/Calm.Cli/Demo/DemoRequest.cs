namespace Calm.Cli;

/// <summary>The text, the time and the settings that a demo was asked for.</summary>
/// <param name="Folder">The folder for its files.</param>
/// <param name="Seconds">Seconds to spend.</param>
/// <param name="Seed">Seed of everything random.</param>
/// <param name="TextName">Name of the text in the report.</param>
/// <param name="Prompt">The beginning of the samples; null for the first words of the held-out text.</param>
/// <param name="Typed">The command as typed.</param>
internal sealed record DemoRequest(
    string Folder, double Seconds, ulong Seed, string TextName, string? Prompt, string Typed)
{
    /// <summary>The value of <c>--minutes</c> for a time, with a tenth to spare.</summary>
    public static string MinutesFor(double seconds)
    {
        double minutes = 1.1 * seconds / 60;
        return Readable.Fixed(minutes < 2 ? Math.Ceiling(10 * minutes) / 10 : Math.Ceiling(minutes), minutes < 2 ? 1 : 0)
            .Replace(",", "", StringComparison.Ordinal);
    }
}
