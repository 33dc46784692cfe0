namespace Calm.Runtime;

/// <summary>
/// Records which ops a step runs and how long their kernels take. An op says that it begins; whatever is launched from
/// then on is its own, until the next one begins. Marks around each launch are read after the step: nothing in it waits.
/// </summary>
/// <remarks>
/// A device has one only while a step is profiled; else each place that would tell it something tests one null. What a
/// step computes is the same with and without it.
/// </remarks>
public sealed class Profiler
{
    private const string OutsideOps = "outside ops";

    private readonly IProfileClock _clock;
    private readonly List<Call> _calls = [];
    private Call? _current;
    private Call? _interrupted;

    private Profiler(IProfileClock clock) => _clock = clock;

    /// <summary>Runs a step and tells where its time went.</summary>
    /// <param name="device">Where it computes; opened for profiling, unless it is the host.</param>
    /// <param name="step">The step. What it launches on other devices is not seen.</param>
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

    /// <summary>An op begins.</summary>
    /// <param name="op">Its name.</param>
    /// <param name="direction">Forward or backward.</param>
    /// <param name="operands">What it reads.</param>
    public void BeginOp(string op, ProfileDirection direction, params ReadOnlySpan<Tensor?> operands)
    {
        _current = new Call(op, direction);
        _calls.Add(_current);
        foreach (Tensor? operand in operands)
        {
            Count(0, BytesOf(operand));
        }
    }

    /// <summary>No op runs until the next begins.</summary>
    public void EndOp() => _current = null;

    /// <summary>The current op does, or moves, more than what its operands and results tell.</summary>
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

    /// <summary>An op took memory for a result, which it will write.</summary>
    internal void Rented(string owner, Tensor tensor)
    {
        if (_current is { Direction: ProfileDirection.Forward } call && call.Op == owner)
        {
            call.Bytes += BytesOf(tensor);
        }
    }

    /// <summary>A launch is about to follow.</summary>
    /// <param name="kernel">Its name.</param>
    public void BeginKernel(string kernel)
    {
        if (_current is null)
        {
            BeginOp(OutsideOps, ProfileDirection.Forward);
        }

        _current!.Kernels.Add((kernel, _clock.Mark(), 0));
    }

    /// <summary>The launch has been made.</summary>
    public void EndKernel()
    {
        List<(string Name, int Begin, int End)> kernels = _current!.Kernels;
        kernels[^1] = kernels[^1] with { End = _clock.Mark() };
    }

    /// <summary>A transfer is about to follow: a call of its own, also in the middle of another.</summary>
    internal void BeginTransfer(string name, Tensor tensor)
    {
        _interrupted = _current;
        BeginOp(name, ProfileDirection.Transfer, tensor);
        BeginKernel(name);
    }

    /// <summary>The transfer has been launched.</summary>
    internal void EndTransfer()
    {
        EndKernel();
        _current = _interrupted;
    }

    private static double BytesOf(Tensor? tensor) => tensor is null ? 0 : (double)tensor.Count * Tensor.ElementSize;

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
