using System.Diagnostics;
using System.Globalization;

namespace Calm.Cli;

/// <summary>Notices other load on the machine while something is timed. It knows Linux alone.</summary>
internal sealed class MachineWatch
{
    private const string StatFile = "/proc/stat";
    private const int TicksPerSecond = 100;
    private const int Steal = 7;

    // One part of twenty of a core shows in the last digits of a time.
    private const double MostCores = 0.05;

    // Fields of the line of all cores that are idle time, and those of guests, which others hold already.
    private static readonly int[] NotBusy = [3, 4, 8, 9];

    private readonly Reading? _start = Read();

    /// <summary>Cores that other programs and other machines on the same hardware took; null if unknown.</summary>
    public (double Others, double Stolen)? Taken()
    {
        if (_start is not { } start || Read() is not { } now)
        {
            return null;
        }

        double seconds = Stopwatch.GetElapsedTime(start.Timestamp, now.Timestamp).TotalSeconds;
        double own = (now.Own - start.Own).TotalSeconds;
        double stolen = (now.Stolen - start.Stolen) / seconds;
        double busy = (now.Busy - start.Busy) / seconds;
        return (Math.Max(0, busy - stolen - (own / seconds)), Math.Max(0, stolen));
    }

    /// <summary>A warning; null if nothing of note was taken, or it is unknown.</summary>
    /// <param name="cores">The cores of <see cref="Taken"/>.</param>
    public static string? Warning((double Others, double Stolen)? cores) =>
        cores is { } taken && taken.Others + taken.Stolen > MostCores
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"other programs took {taken.Others:F2} cores, and other machines on this hardware {taken.Stolen:F2}")
        : null;

    private static Reading? Read()
    {
        if (!File.Exists(StatFile))
        {
            return null;
        }

        // cpu  user nice system idle iowait irq softirq steal guest guest_nice, in hundredths of a second
        double[] fields =
        [
            .. File.ReadLines(StatFile).First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1)
                .Select(field => double.Parse(field, CultureInfo.InvariantCulture) / TicksPerSecond),
        ];
        using Process process = Process.GetCurrentProcess();
        return new Reading(
            Stopwatch.GetTimestamp(), fields.Where((_, i) => !NotBusy.Contains(i)).Sum(), fields.ElementAtOrDefault(Steal),
            process.TotalProcessorTime);
    }

    private readonly record struct Reading(long Timestamp, double Busy, double Stolen, TimeSpan Own);
}
