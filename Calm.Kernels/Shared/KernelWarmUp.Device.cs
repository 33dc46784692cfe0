using Calm.Runtime;

namespace Calm.Kernels;

/// <summary>Makes all kernels of a device's ops ready, so that they are on the disk for the next start.</summary>
internal static class KernelWarmUp
{
    /// <summary>Result of a warm-up.</summary>
    /// <param name="Compiled">Kernels that were compiled.</param>
    /// <param name="FromDisk">Kernels that were on the disk.</param>
    /// <param name="Refused">Reasons why the device cannot run others.</param>
    public sealed record Result(long Compiled, long FromDisk, IReadOnlyList<string> Refused);

    /// <summary>Compiles what is not on the disk yet; the driver builds all of it.</summary>
    /// <param name="device">The device.</param>
    /// <param name="report">Receives the kernel in hand and the share that is done.</param>
    /// <exception cref="CalmException">A kernel does not compile; the device is then not to be used any more.</exception>
    public static Result Run(IlgpuDevice device, Action<string, double> report)
    {
        IReadOnlyList<RecordedKernel> kernels = KernelSources.Of(device);
        (long compiled, long fromDisk) = (device.KernelsCompiled, device.KernelsFromDisk);
        List<string> refused = [];
        for (int i = 0; i < kernels.Count; i++)
        {
            report(kernels[i].Name, (double)i / kernels.Count);
            if (kernels[i].Prepare(device) is { } reason)
            {
                refused.Add(reason);
            }
        }

        return new Result(device.KernelsCompiled - compiled, device.KernelsFromDisk - fromDisk, refused);
    }
}
