using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace Calm.Runtime;

/// <content>Marks around launches, on devices that were opened for profiling.</content>
public sealed partial class IlgpuDevice
{
    // Known before the first kernel is asked for: without it launchers are ILGPU's own.
    private readonly bool _profiles;

    /// <summary>Whether it has a timer of its own and was opened for it: times then leave launches out.</summary>
    public bool HasTimer => _profiles && Kind is (DeviceKind.Cuda or DeviceKind.OpenCl);

    /// <summary>Names launches for a profiler of the driver; null without one.</summary>
    internal LaunchRanges? Ranges { get; set; }

    /// <inheritdoc/>
    public override void BeginOp(string op, ProfileDirection direction, params ReadOnlySpan<Tensor?> operands)
    {
        base.BeginOp(op, direction, operands);
        Ranges?.BeginOp(op, direction);
    }

    /// <inheritdoc/>
    internal override void EndOp()
    {
        base.EndOp();
        Ranges?.EndOp();
    }

    /// <inheritdoc/>
    internal override IProfileClock CreateProfileClock()
    {
        if (!_profiles)
        {
            throw new InvalidOperationException($"{Name}: was not opened for profiling.");
        }

        return Queue switch
        {
            CLStream queue => new OpenClClock(queue),
            CudaStream queue => new CudaClock(queue),
            _ => new StopwatchClock(),
        };
    }
}
