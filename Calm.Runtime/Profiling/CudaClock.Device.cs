using ILGPU.Runtime;

namespace Calm.Runtime;

/// <summary>The clock of CUDA devices: events of the driver, to about half a microsecond.</summary>
internal sealed class CudaClock(AcceleratorStream queue) : IProfileClock
{
    private readonly List<ProfilingMarker> _marks = [];

    public int Mark()
    {
        _marks.Add(queue.AddProfilingMarker());
        return _marks.Count - 1;
    }

    public double[] Read() => [.. _marks.Select(mark => mark.MeasureFrom(_marks[0]).TotalSeconds)];

    public void Dispose()
    {
        foreach (ProfilingMarker mark in _marks)
        {
            mark.Dispose();
        }
    }
}
