namespace Calm.Runtime;

/// <summary>Sets marks between a device's launches and tells when each was reached. Nothing waits before they are read.</summary>
internal interface IProfileClock : IDisposable
{
    /// <summary>Sets a mark behind everything launched so far and returns its number, counted from 0.</summary>
    int Mark();

    /// <summary>Waits for the marks and returns the seconds from the first to each.</summary>
    double[] Read();
}
