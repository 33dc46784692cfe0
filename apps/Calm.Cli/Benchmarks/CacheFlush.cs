using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Empties a device's caches by writing more than they hold.</summary>
internal sealed class CacheFlush : IDisposable
{
    // Of a device whose caches are not known: more than any has.
    private const long UnknownCache = 128L << 20;

    private readonly Device _device;
    private readonly Arena _arena;
    private readonly Tensor _data;

    /// <summary>Takes twice the memory of the last cache.</summary>
    public CacheFlush(Device device)
    {
        _device = device;
        _arena = new Arena(device, "cache flush");
        Bytes = 2 * ((device.Kind == DeviceKind.Cuda ? null : HostCaches.LastBytes()) ?? UnknownCache);
        _data = _arena.Rent(new Shape((int)(Bytes / Tensor.ElementSize)), nameof(CacheFlush));
    }

    /// <summary>Bytes that are written.</summary>
    public long Bytes { get; }

    /// <summary>Writes them, and waits for it.</summary>
    public void Run()
    {
        if (_device is HostDevice host)
        {
            Run(host.Team);
            return;
        }

        _data.Clear();
        _device.Synchronize();
    }

    // Each thread has caches of its own, which only its own writes empty.
    private void Run(ThreadTeam team) => team.Run(team.Threads, part =>
    {
        int length = (int)_data.Count / team.Threads;
        _data.Span.Slice(part * length, length).Fill(part);
    });

    /// <inheritdoc/>
    public void Dispose() => _arena.Dispose();
}
