namespace Calm.Runtime;

/// <summary>One direction of an op, for every device; its operands are the fields of a struct.</summary>
/// <remarks>An op runs it by <see cref="Device.Run{TWork}"/>. Shapes are checked and outputs allocated before.</remarks>
public interface IDeviceWork
{
    /// <summary>Runs the SIMD loops of the host.</summary>
    void Run(HostDevice host);

    /// <summary>Launches the kernels.</summary>
    void Run(IlgpuDevice gpu);
}
