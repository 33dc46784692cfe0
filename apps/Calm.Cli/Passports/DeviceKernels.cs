using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Resources of the kernels that a device runs, as far as its vendor's tools tell them.</summary>
internal static class DeviceKernels
{
    /// <summary>The kernels of ops on a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="facts">Its facts, which name its architecture.</param>
    /// <param name="cases">All cases of the ops.</param>
    public static PassportKernels Of(Device device, PassportDevice facts, IReadOnlyList<OpCase> cases)
    {
        if (device.Kind != DeviceKind.Cuda)
        {
            return new PassportKernels(
                null, "none are known: NVIDIA's assembler alone tells them, and this is no CUDA device", []);
        }

        string target = facts.Capabilities.GetValueOrDefault("architecture", "unknown").ToLowerInvariant();
        return Ptxas.Targets.Contains(target)
            ? Assembled(cases, target, Ptxas.Find())
            : new PassportKernels(null, $"none are known: {target} is none of {string.Join(", ", Ptxas.Targets)}", []);
    }

    /// <summary>The kernels of GPUs, assembled for an architecture.</summary>
    /// <param name="cases">All cases of the ops.</param>
    /// <param name="target">One of <see cref="Ptxas.Targets"/>.</param>
    /// <param name="ptxas">The assembler; null for what PTX shows alone.</param>
    internal static PassportKernels Assembled(IReadOnlyList<OpCase> cases, string target, Ptxas? ptxas)
    {
        string note = ptxas is null
            ? $"from PTX alone: registers and spills are unknown without ptxas; {Ptxas.Provider} provides it"
            : $"by ptxas for {target}; occupancy in groups of the largest size of each kernel";
        return new PassportKernels(
            target, note,
            [
                .. KernelReport.Of(KernelSources.Of(cases, [SourceLanguage.Ptx], KernelFamily.Tiled), ptxas, [target])
                    .Select(report => KernelRow.Of(report, withSource: false) with { Counts = null }),
            ]);
    }
}
