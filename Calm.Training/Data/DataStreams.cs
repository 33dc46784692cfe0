namespace Calm.Training;

/// <summary>The random streams that data uses, so that no two uses draw the same numbers.</summary>
internal static class DataStreams
{
    /// <summary>The order of windows in an epoch.</summary>
    public const uint Order = 0x4441_0001;

    /// <summary>Where an epoch's first window starts.</summary>
    public const uint Offset = 0x4441_0002;
}
