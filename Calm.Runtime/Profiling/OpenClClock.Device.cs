using System.Runtime.InteropServices;
using ILGPU.Runtime.OpenCL;

namespace Calm.Runtime;

/// <summary>
/// The clock of OpenCL devices: markers in the queue, whose time of completion the driver keeps. ILGPU has such markers
/// too, but waits for each as it sets it.
/// </summary>
internal sealed unsafe partial class OpenClClock(CLStream queue) : IProfileClock
{
    private const string Library = "OpenCL";
    private const uint CommandEnd = 0x1283; // CL_PROFILING_COMMAND_END

    private readonly List<nint> _events = [];

    public int Mark()
    {
        Check(EnqueueMarker(queue.CommandQueue, 0, null, out nint mark));
        _events.Add(mark);
        return _events.Count - 1;
    }

    public double[] Read()
    {
        queue.Synchronize();
        ulong[] nanoseconds = [.. _events.Select(End)];
        return [.. nanoseconds.Select(end => (double)(end - nanoseconds[0]) * 1e-9)];
    }

    public void Dispose()
    {
        foreach (nint mark in _events)
        {
            Check(ReleaseEvent(mark));
        }
    }

    private static ulong End(nint mark)
    {
        Check(GetEventProfilingInfo(mark, CommandEnd, sizeof(ulong), out ulong nanoseconds, null));
        return nanoseconds;
    }

    private static void Check(int error) => CLException.ThrowIfFailed((CLError)error);

    [LibraryImport(Library, EntryPoint = "clEnqueueMarkerWithWaitList")]
    private static partial int EnqueueMarker(nint queue, uint waitCount, nint* waitFor, out nint mark);

    [LibraryImport(Library, EntryPoint = "clGetEventProfilingInfo")]
    private static partial int GetEventProfilingInfo(nint mark, uint what, nuint size, out ulong value, nuint* written);

    [LibraryImport(Library, EntryPoint = "clReleaseEvent")]
    private static partial int ReleaseEvent(nint mark);
}
