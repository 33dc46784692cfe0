namespace Calm.Runtime;

/// <summary>
/// Runs independent parts of an inference in parallel, each on one thread of the host with a tape of its own. This is
/// faster than sharing each op among the threads if ops take only a few microseconds.
/// </summary>
/// <remarks>
/// A row's bits depend on neither the rows beside it nor the thread: parts give the bits of the whole. On other devices,
/// and while a step is profiled, the whole is one part.
/// </remarks>
/// <param name="whole">A tape that does not record. It holds the tensors that the parts share.</param>
public sealed class SideBySide(Tape whole) : IDisposable
{
    private readonly List<Tape> _tapes = [];

    /// <summary>Runs all parts.</summary>
    /// <param name="items">Number of items.</param>
    /// <param name="fewest">The fewest items of a part that are worth a thread.</param>
    /// <param name="part">
    /// Computes items [start, end) on a tape: the shared one, or one of its own that has been reset. It may read tensors of
    /// the shared tape, and must copy its results out of its own.
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

    /// <summary>Frees the memory of the parts.</summary>
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
