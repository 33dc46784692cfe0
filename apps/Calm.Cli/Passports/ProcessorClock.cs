using System.Globalization;

namespace Calm.Cli;

/// <summary>Clocks of this machine's processors, as Linux tells them.</summary>
internal static class ProcessorClock
{
    private const string InfoFile = "/proc/cpuinfo";
    private const string MostFile = "/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq";

    /// <summary>The clock of the fastest processor now, in MHz; null if unknown.</summary>
    public static double? NowMhz() => File.Exists(InfoFile) ? Fastest(File.ReadLines(InfoFile)) : null;

    /// <summary>The highest clock, in MHz; null if unknown.</summary>
    public static double? MostMhz() =>
        File.Exists(MostFile) && Number(File.ReadAllText(MostFile)) is { } kilohertz ? kilohertz / 1000 : null;

    /// <summary>The greatest of the lines "cpu MHz : 2600.000".</summary>
    internal static double? Fastest(IEnumerable<string> lines) => lines
        .Where(line => line.StartsWith("cpu MHz", StringComparison.Ordinal))
        .Select(line => Number(line.Split(':')[^1]))
        .Where(clock => clock > 0)
        .Max();

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null;
}
