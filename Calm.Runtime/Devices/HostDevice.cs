using System.Runtime.InteropServices;

namespace Calm.Runtime;

/// <summary>This machine's CPU: native memory, a <see cref="ThreadTeam"/> and SIMD loops.</summary>
public sealed unsafe class HostDevice : Device
{
    /// <summary>Size of a cache line and of the widest register.</summary>
    internal const int HostAlignment = 64;

    private long _allocated;
    private HostStorage? _workspace;

    /// <summary>Most threads of a device.</summary>
    public const int MostThreads = 1024;

    /// <summary>A host with its own threads.</summary>
    /// <param name="threads">Number of threads, or 0 for one a core.</param>
    /// <param name="instructions">The register width, or null for <see cref="HostInstructions.Default"/>.</param>
    /// <exception cref="SettingException">There are more than <see cref="MostThreads"/>.</exception>
    public HostDevice(int threads = 0, InstructionSet? instructions = null)
        : base("host", DeviceKind.Host)
    {
        if (threads is < 0 or > MostThreads)
        {
            throw new SettingException($"threads is {threads}, expected 0 to {MostThreads}.");
        }

        Instructions = instructions ?? HostInstructions.Default;
        Team = new ThreadTeam(threads == 0 ? Environment.ProcessorCount : threads, Instructions);
    }

    /// <summary>The threads that run its loops.</summary>
    public ThreadTeam Team { get; }

    /// <inheritdoc/>
    public override Profiler? Profiler
    {
        get => Team.Profiler;
        internal set => Team.Profiler = value;
    }

    /// <summary>The register width of its loops.</summary>
    public InstructionSet Instructions { get; }

    /// <inheritdoc/>
    public override long AllocatedBytes => Interlocked.Read(ref _allocated);

    /// <inheritdoc/>
    public override long MemorySize => Math.Min(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, MemoryLimit);

    /// <inheritdoc/>
    public override Device Rehearsal()
    {
        HostDevice device = new(Team.Threads, Instructions) { Precision = Precision, MemoryLimit = MemorySize };
        device.Team.IsIdle = true;
        return device;
    }

    /// <inheritdoc/>
    public override string Description =>
        $"{RuntimeInformation.ProcessArchitecture} CPU, {Instructions}, "
        + (Team.Threads == 1 ? "1 thread" : $"{Team.Threads} threads");

    /// <inheritdoc/>
    public override string Form => Instructions.ToString();

    /// <inheritdoc/>
    public override int Alignment => HostAlignment;

    /// <inheritdoc/>
    public override bool Reads(Device other) => other is HostDevice;

    /// <summary>
    /// Memory for one op to work in, with undefined contents; the next call may hand out the same. It grows to the
    /// largest request and stays.
    /// </summary>
    public float* Workspace(long floats)
    {
        if (GuardedArena is { } guarded)
        {
            return guarded.Rent(new Shape(checked((int)floats)), "workspace").Pointer;
        }

        if (_workspace is null || _workspace.ByteCount < floats * sizeof(float))
        {
            GiveBackWorkspaces();
            _workspace = (HostStorage)Allocate(floats * sizeof(float));
        }

        return (float*)_workspace.Bytes;
    }

    /// <inheritdoc/>
    public override void GiveBackWorkspaces()
    {
        _workspace?.Dispose();
        _workspace = null;
    }

    /// <inheritdoc/>
    public override void Run<TWork>(in TWork work) => work.Run(this);

    /// <inheritdoc/>
    public override void Synchronize()
    {
        // Loops have finished when they return.
    }

    /// <inheritdoc/>
    internal override int SizeOf(ElementType type) => Tensor.ElementSize;

    /// <inheritdoc/>
    internal override Storage Allocate(long byteCount)
    {
        long available = MemorySize - AllocatedBytes;
        if (byteCount > available)
        {
            throw new OutOfDeviceMemoryException(this, byteCount, available);
        }

        Interlocked.Add(ref _allocated, byteCount);
        return new HostStorage(this, byteCount);
    }

    /// <summary>Counts a block that was freed.</summary>
    internal void Freed(long byteCount) => Interlocked.Add(ref _allocated, -byteCount);

    /// <inheritdoc/>
    internal override void Upload(ReadOnlySpan<byte> source, Tensor target) => source.CopyTo(BytesOf(target));

    /// <inheritdoc/>
    internal override void Download(Tensor source, Span<byte> target) => BytesOf(source).CopyTo(target);

    /// <inheritdoc/>
    public override void Copy(Tensor source, Tensor target)
    {
        long bytes = source.Count * Tensor.ElementSize;
        Buffer.MemoryCopy(source.HostBytes, target.HostBytes, target.Count * Tensor.ElementSize, bytes);
    }

    /// <inheritdoc/>
    internal override void Clear(Tensor target)
    {
        // Memory that nobody touches takes no pages: a rehearsal of a large model costs nothing.
        if (!Team.IsIdle)
        {
            NativeMemory.Clear(target.HostBytes, (nuint)(target.Count * Tensor.ElementSize));
        }
    }

    /// <inheritdoc/>
    protected override void Close()
    {
        Team.Dispose();
        _workspace?.Dispose();
    }

    private static Span<byte> BytesOf(Tensor tensor) =>
        new(tensor.HostBytes, checked((int)(tensor.Count * Tensor.ElementSize)));
}
