using System.Globalization;

namespace Calm.Runtime;

/// <summary>A device has less memory than was asked for, or none in so large a piece.</summary>
public sealed class OutOfDeviceMemoryException : CalmException
{
    private const int HoldersShown = 4;

    /// <summary>A request that a device could not meet; the message names the owners of most of its memory.</summary>
    /// <param name="device">The device.</param>
    /// <param name="requested">Bytes asked for at once.</param>
    /// <param name="available">Bytes that the device could still give.</param>
    internal OutOfDeviceMemoryException(Device device, long requested, long available)
        : base($"{device.Name}: out of memory: {Size(requested)} asked for, {Size(available)} left{Holders(device)}.")
    {
    }

    /// <summary>A request that a device can never meet.</summary>
    /// <param name="message">One line: who asked, for how much, the bound, and what to do.</param>
    internal OutOfDeviceMemoryException(string message)
        : base(message)
    {
    }

    private OutOfDeviceMemoryException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>The same failure, with more about it or what to do.</summary>
    /// <param name="sentence">A whole sentence.</param>
    public OutOfDeviceMemoryException With(string sentence) => new($"{Message} {sentence}", this);

    /// <summary>A number of bytes for people.</summary>
    internal static string Size(long bytes) => bytes < 100_000
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:F1} KB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:F1} MB");

    private static string Holders(Device device)
    {
        string[] largest =
        [
            .. device.Arenas.SelectMany(arena => arena.Ledger.Largest(HoldersShown))
                .Where(entry => entry.Bytes > 0)
                .OrderByDescending(entry => entry.Bytes)
                .Take(HoldersShown)
                .Select(entry => $"{entry.Owner} {Size(entry.Bytes)}"),
        ];
        return largest.Length == 0 ? "" : $"; the largest holders are {string.Join(", ", largest)}";
    }
}
