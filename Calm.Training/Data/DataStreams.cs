namespace Calm.Training;

/// <summary>Numbers of the random streams that data uses.</summary>
internal static class DataStreams
{
    /// <summary>The order of windows in an epoch.</summary>
    public const uint Order = 0x4441_0001;

    /// <summary>The offset of an epoch's first window.</summary>
    public const uint Offset = 0x4441_0002;
}
