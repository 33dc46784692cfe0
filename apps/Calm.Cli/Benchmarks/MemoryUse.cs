using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Memory that this process has allocated so far, or between two moments.</summary>
/// <param name="Managed">Bytes allocated for objects, by all threads.</param>
/// <param name="Collections">Garbage collections of any generation.</param>
/// <param name="Native">Bytes of memory that the device holds.</param>
internal readonly record struct MemoryUse(long Managed, int Collections, long Native)
{
    /// <summary>The reading now.</summary>
    public static MemoryUse Now(Device device) => new(
        GC.GetTotalAllocatedBytes(precise: true),
        GC.CollectionCount(0), // a collection of a higher generation counts for the lower ones, too
        device.AllocatedBytes);

    /// <summary>The difference of two readings.</summary>
    public static MemoryUse operator -(MemoryUse end, MemoryUse start) => new(
        end.Managed - start.Managed, end.Collections - start.Collections, end.Native - start.Native);
}
