namespace Calm.Runtime;

/// <summary>A place where tensors live and ops run.</summary>
public abstract partial class Device : IDisposable
{
    private bool _disposed;

    /// <summary>A device with its name, such as host or cuda:0.</summary>
    protected Device(string name, DeviceKind kind)
    {
        Name = name;
        Kind = kind;
        Persistent = new Arena(this, "persistent");
    }

    /// <summary>Its name: host, cuda:0, opencl:1, emulated.</summary>
    public string Name { get; }

    /// <summary>Its kind: host, CUDA, OpenCL or emulated.</summary>
    public DeviceKind Kind { get; }

    /// <summary>Make, model and what decides its results: instruction set, or driver.</summary>
    public abstract string Description { get; }

    /// <summary>Precision of the operands of matrix products and attention.</summary>
    public Precision Precision { get; set; }

    /// <summary>Whether the hardware multiplies bfloat16 matrices.</summary>
    public virtual bool HasTensorCores => false;

    /// <summary>Whether a launch is dearer than the memory of a larger one: on GPUs.</summary>
    public virtual bool WantsLargeLaunches => false;

    /// <summary>The precision, and the hardware that computes with it.</summary>
    public string PrecisionText => (Precision, HasTensorCores) switch
    {
        (Precision.Float32, _) => "float32",
        (_, true) => "bf16 on tensor cores",
        _ => "bf16 operands in float32 arithmetic, since there are no tensor cores",
    };

    /// <summary>Memory for what outlives a step: parameters, optimiser state, caches.</summary>
    public Arena Persistent { get; }

    /// <summary>The driver behind it; null for the host.</summary>
    public virtual string? Driver => null;

    /// <summary>The code path that ops use on this device: the host's instruction set, or the family of kernels.</summary>
    public abstract string Form { get; }

    /// <summary>The most bytes that it hands out; a user may leave some to other programs.</summary>
    public long MemoryLimit { get; set; } = long.MaxValue;

    /// <summary>All arenas that hold memory of this device.</summary>
    internal List<Arena> Arenas { get; } = [];

    /// <summary>The arena of workspaces while ops are verified (<see cref="Tape.Guarded"/>); null otherwise.</summary>
    internal Arena? GuardedArena { get; set; }

    /// <summary>Bytes to which tensors are aligned.</summary>
    public abstract int Alignment { get; }

    /// <summary>Receives the ops and launches; null unless a step is being profiled.</summary>
    public virtual Profiler? Profiler { get; internal set; }

    /// <summary>Tells profilers that an op begins: what is launched from now on is its own.</summary>
    /// <param name="op">Its name.</param>
    /// <param name="direction">Forward or backward.</param>
    /// <param name="operands">The tensors that it reads.</param>
    public virtual void BeginOp(string op, ProfileDirection direction, params ReadOnlySpan<Tensor?> operands) =>
        Profiler?.BeginOp(op, direction, operands);

    /// <summary>Tells profilers that the op has ended.</summary>
    internal virtual void EndOp() => Profiler?.EndOp();

    /// <summary>A clock for <see cref="Profiler.Run"/>.</summary>
    /// <exception cref="InvalidOperationException">The device was not opened for profiling.</exception>
    internal virtual IProfileClock CreateProfileClock() => new StopwatchClock();

    /// <summary>Whether ops that run here can read the memory of another device.</summary>
    public virtual bool Reads(Device other) => other == this;

    /// <summary>Runs one direction of an op in this device's form: the host's loops or the kernels.</summary>
    public abstract void Run<TWork>(in TWork work) where TWork : struct, IDeviceWork;

    /// <summary>Kernels launched since the device was opened; 0 for the host, which calls its loops.</summary>
    public virtual long Launches => 0;

    /// <summary>Kernels compiled since the device was opened.</summary>
    public virtual long KernelsCompiled => 0;

    /// <summary>Kernels that were compiled at an earlier start and come from the disk: docs/kernels.md.</summary>
    public virtual long KernelsFromDisk => 0;

    /// <summary>
    /// A device of the same form, threads and memory on which ops take their memory and compute nothing: to learn what a step
    /// takes without its work. Results are undefined. Dispose of it.
    /// </summary>
    public abstract Device Rehearsal();

    /// <summary>Bytes of memory that it may hand out in all.</summary>
    public abstract long MemorySize { get; }

    /// <summary>Bytes of memory that its arenas and workspaces hold.</summary>
    public abstract long AllocatedBytes { get; }

    /// <summary>Waits until everything launched so far is done.</summary>
    public abstract void Synchronize();

    /// <summary>Takes a block of memory from the device.</summary>
    /// <exception cref="OutOfDeviceMemoryException">It has no more.</exception>
    internal abstract Storage Allocate(long byteCount);

    /// <summary>Gives back what ops took to work in and kept for the next ones.</summary>
    public abstract void GiveBackWorkspaces();

    /// <summary>Copies host bytes into a tensor, in the order of launches.</summary>
    internal abstract void Upload(ReadOnlySpan<byte> source, Tensor target);

    /// <summary>Copies a tensor into host bytes; waits for it.</summary>
    internal abstract void Download(Tensor source, Span<byte> target);

    /// <summary>Copies between two tensors of this device and of one size, in the order of launches.</summary>
    public abstract void Copy(Tensor source, Tensor target);

    /// <summary>Sets a tensor to zero, in the order of launches.</summary>
    internal abstract void Clear(Tensor target);

    /// <summary>Gives back memory and threads.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            Persistent.Dispose();
            Close();
            GC.SuppressFinalize(this);
        }
    }

    /// <summary>Frees the resources of the device itself; called once, after its memory has been freed.</summary>
    protected abstract void Close();
}
