namespace Calm.Runtime;

/// <summary>
/// Inference that falls into independent parts, each of which one thread of the host runs from end to end on a tape of its
/// own. Where ops take a few microseconds, threads that share each of them spend their time meeting.
/// </summary>
/// <remarks>
/// A row's bits depend on neither the rows beside it nor the thread: parts give the bits of the whole. On other devices,
/// and while a step is profiled, the whole is one part.
/// </remarks>
/// <param name="whole">For what is not cut, and for what parts share: a tape that does not record.</param>
public sealed class SideBySide(Tape whole) : IDisposable
{
    private readonly List<Tape> _tapes = [];

    /// <summary>Runs all parts.</summary>
    /// <param name="items">How many items there are.</param>
    /// <param name="fewest">Items that a part must have at least to be worth a thread.</param>
    /// <param name="part">
    /// Computes items [start, end) on a tape: that of the whole, or one of its own that has been reset. It may read tensors of
    /// the whole, and must bring what it found out of its tape.
    /// </param>
    public void Run(int items, int fewest, Action<Tape, int, int> part)
    {
        Chunks parts = new(items, whole.Device is HostDevice { Profiler: null } host
            ? Math.Clamp(items / fewest, 1, host.Team.Threads)
            : 1);
        if (parts.Count == 1)
        {
            part(whole, 0, items);
            return;
        }

        while (_tapes.Count < parts.Count)
        {
            _tapes.Add(OneThread((HostDevice)whole.Device));
        }

        ((HostDevice)whole.Device).Team.Run(parts.Count, number =>
        {
            _tapes[number].Reset();
            part(_tapes[number], (int)parts.Start(number), (int)parts.End(number));
        });
        _tapes.ForEach(tape => whole.Device.TakeWorkOf(tape.Device));
    }

    /// <summary>Gives the memory of the parts back.</summary>
    public void Dispose()
    {
        foreach (Tape tape in _tapes)
        {
            tape.Dispose();
            tape.Device.Dispose();
        }

        _tapes.Clear();
    }

    private Tape OneThread(HostDevice host)
    {
        HostDevice thread = new(1, host.Instructions) { Precision = host.Precision };
        return new Tape(thread, recording: false) { PackedWeights = whole.PackedWeights };
    }
}
