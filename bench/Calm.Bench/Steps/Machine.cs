using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Calm.Bench;

/// <summary>The machine by name, and the folder of its results: the one that bench/peers/report.py writes to.</summary>
internal static partial class Machine
{
    private const string ProcessorFile = "/proc/cpuinfo";

    /// <summary>The processor as it calls itself.</summary>
    public static string Processor =>
        (File.Exists(ProcessorFile) ? File.ReadLines(ProcessorFile) : [])
            .Where(line => line.StartsWith("model name", StringComparison.Ordinal))
            .Select(line => line[(line.IndexOf(':') + 1)..].Trim())
            .FirstOrDefault(RuntimeInformation.OSArchitecture.ToString());

    /// <summary>A new file for results of this machine, named by the time.</summary>
    public static string ResultFile(string kind)
    {
        string slug = NotInNames().Replace(Processor.ToLowerInvariant(), "-").Trim('-');
        string folder = Path.Combine(Results(), $"{slug}-{Environment.ProcessorCount}-cores");
        Directory.CreateDirectory(folder);
        return Path.Combine(folder, $"{kind}-{DateTime.Now:yyyy-MM-dd-HHmm}.md");
    }

    private static string Results([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "results"));

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotInNames();
}
