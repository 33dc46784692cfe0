using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Calm.Bench;

/// <summary>The machine by name, and the folder of its results: the one that bench/peers/report.py writes to.</summary>
internal static partial class Machine
{
    private const string ProcessorFile = "/proc/cpuinfo";

    /// <summary>The processor as it calls itself, and its family: virtual machines often give several the same name.</summary>
    public static string Processor =>
        Known("cpu family") is { } family ? $"{Name}, family {family}" : Name;

    private static string Name => Known("model name") ?? RuntimeInformation.OSArchitecture.ToString();

    /// <summary>A new file for results of this machine, named by the time.</summary>
    public static string ResultFile(string kind)
    {
        string slug = NotInNames().Replace(Processor.ToLowerInvariant(), "-").Trim('-');
        string folder = Path.Combine(Results(), $"{slug}-{Environment.ProcessorCount}-cores");
        Directory.CreateDirectory(folder);
        return Path.Combine(folder, $"{kind}-{DateTime.Now:yyyy-MM-dd-HHmm}.md");
    }

    private static string? Known(string key) =>
        (File.Exists(ProcessorFile) ? File.ReadLines(ProcessorFile) : [])
            .Where(line => line.StartsWith(key, StringComparison.Ordinal))
            .Select(line => line[(line.IndexOf(':') + 1)..].Trim())
            .FirstOrDefault();

    private static string Results([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "results"));

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotInNames();
}
