using System.Diagnostics;

namespace Calm.Runtime;

/// <summary>The clock of devices whose launches have finished when they return: the host and the emulator.</summary>
internal sealed class StopwatchClock : IProfileClock
{
    private readonly List<long> _marks = [];

    public int Mark()
    {
        _marks.Add(Stopwatch.GetTimestamp());
        return _marks.Count - 1;
    }

    public double[] Read() => [.. _marks.Select(mark => Stopwatch.GetElapsedTime(_marks[0], mark).TotalSeconds)];

    public void Dispose()
    {
        // Numbers only.
    }
}
