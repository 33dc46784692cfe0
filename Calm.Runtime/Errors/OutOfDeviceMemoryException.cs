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
    /// <param name="bound">A clause: the owner, the amount, and the bound that it exceeds.</param>
    /// <param name="advice">A clause that says what to do.</param>
    internal OutOfDeviceMemoryException(string bound, string advice)
        : base($"{bound}; {advice}.")
    {
        Bound = bound;
    }

    private OutOfDeviceMemoryException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>
    /// The bound that a single request exceeds, however empty the device is, without advice; null where memory ran out.
    /// </summary>
    public string? Bound { get; }

    /// <summary>The same failure, with more about it or, instead of general advice, what to do.</summary>
    /// <param name="sentence">A whole sentence.</param>
    public OutOfDeviceMemoryException With(string sentence) => new($"{(Bound is null ? Message : $"{Bound}.")} {sentence}", this);

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
