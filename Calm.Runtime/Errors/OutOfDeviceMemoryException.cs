namespace Calm.Runtime;

/// <summary>A device has less memory than was asked for.</summary>
public sealed class OutOfDeviceMemoryException : CalmException
{
    /// <summary>A request that a device could not meet.</summary>
    /// <param name="device">The device's name.</param>
    /// <param name="requested">Bytes asked for at once.</param>
    /// <param name="available">Bytes that the device could still give.</param>
    public OutOfDeviceMemoryException(string device, long requested, long available)
        : base($"{device}: out of memory: {Megabytes(requested)} asked for, {Megabytes(available)} left.")
    {
    }

    private OutOfDeviceMemoryException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>The same failure, with the arena's largest owners.</summary>
    internal OutOfDeviceMemoryException With(Arena arena, string owner, long bytes)
    {
        string largest = string.Join(
            ", ", arena.Ledger.Largest(3).Select(entry => $"{entry.Owner} {Megabytes(entry.Bytes)}"));
        return new OutOfDeviceMemoryException(
            $"{Message} {owner} wanted {Megabytes(bytes)} in the {arena.Name} arena, which holds "
            + $"{Megabytes(arena.Ledger.Used)} ({largest}).",
            this);
    }

    private static string Megabytes(long bytes) => $"{bytes / 1e6:F1} MB";
}
