namespace Calm.Runtime;

/// <summary>
/// Records the ops of a step and the time of their kernels. Launches belong to the op that began last. The marks around
/// each launch are read after the step, so that nothing in it waits.
/// </summary>
/// <remarks>
/// A device has a profiler only while a step is profiled; otherwise each call site costs one null test. A step's results
/// are the same with and without it.
/// </remarks>
public sealed class Profiler
{
    private const string OutsideOps = "outside ops";

    private readonly IProfileClock _clock;
    private readonly List<Call> _calls = [];
    private Call? _current;
    private Call? _interrupted;

    private Profiler(IProfileClock clock) => _clock = clock;

    /// <summary>Runs a step and returns its timeline.</summary>
    /// <param name="device">The device that computes; it was opened for profiling, unless it is the host.</param>
    /// <param name="step">The step. Its launches on other devices are not recorded.</param>
    /// <exception cref="InvalidOperationException">The device was not opened for profiling.</exception>
    public static ProfiledStep Run(Device device, Action step)
    {
        device.Synchronize();
        using IProfileClock clock = device.CreateProfileClock();
        Profiler profiler = new(clock);
        device.Profiler = profiler;
        clock.Mark();
        try
        {
            step();
        }
        finally
        {
            device.Profiler = null;
        }

        int last = clock.Mark();
        double[] seconds = clock.Read();
        return new ProfiledStep(
            seconds[last], [.. profiler._calls.Where(call => call.Kernels.Count > 0).Select(call => call.At(seconds))]);
    }

    /// <summary>Begins an op.</summary>
    /// <param name="op">Its name.</param>
    /// <param name="direction">Forward or backward.</param>
    /// <param name="operands">The tensors that it reads.</param>
    public void BeginOp(string op, ProfileDirection direction, params ReadOnlySpan<Tensor?> operands)
    {
        _current = new Call(op, direction);
        _calls.Add(_current);
        foreach (Tensor? operand in operands)
        {
            Count(0, BytesOf(operand));
        }
    }

    /// <summary>Ends the current op.</summary>
    public void EndOp() => _current = null;

    /// <summary>Adds operations and bytes to the current op, beyond those of its operands and results.</summary>
    /// <param name="flops">Floating-point operations, 2 a multiply-add.</param>
    /// <param name="bytes">Bytes; negative for those of operands that are not read after all.</param>
    public void Count(double flops, double bytes = 0)
    {
        if (_current is { } call)
        {
            call.Flops += flops;
            call.Bytes += bytes;
        }
    }

    /// <summary>Counts a result of the current op, which it will write.</summary>
    internal void Rented(string owner, Tensor tensor)
    {
        if (_current is { Direction: ProfileDirection.Forward } call && call.Op == owner)
        {
            call.Bytes += BytesOf(tensor);
        }
    }

    /// <summary>Marks the start of a launch.</summary>
    /// <param name="kernel">Its name.</param>
    public void BeginKernel(string kernel)
    {
        if (_current is null)
        {
            BeginOp(OutsideOps, ProfileDirection.Forward);
        }

        _current!.Kernels.Add((kernel, _clock.Mark(), 0));
    }

    /// <summary>Marks the end of a launch.</summary>
    public void EndKernel()
    {
        List<(string Name, int Begin, int End)> kernels = _current!.Kernels;
        kernels[^1] = kernels[^1] with { End = _clock.Mark() };
    }

    /// <summary>Marks the start of a transfer: a call of its own, also within another.</summary>
    internal void BeginTransfer(string name, Tensor tensor)
    {
        _interrupted = _current;
        BeginOp(name, ProfileDirection.Transfer, tensor);
        BeginKernel(name);
    }

    /// <summary>Marks the end of a transfer.</summary>
    internal void EndTransfer()
    {
        EndKernel();
        _current = _interrupted;
    }

    private static double BytesOf(Tensor? tensor) => tensor?.ByteCount ?? 0;

    private sealed class Call(string op, ProfileDirection direction)
    {
        public string Op => op;

        public ProfileDirection Direction => direction;

        public double Flops { get; set; }

        public double Bytes { get; set; }

        public List<(string Name, int Begin, int End)> Kernels { get; } = [];

        public ProfiledCall At(double[] seconds) => new(
            op, direction, Flops, Bytes,
            [.. Kernels.Select(k => new ProfiledKernel(k.Name, seconds[k.Begin], seconds[k.End] - seconds[k.Begin]))]);
    }
}
