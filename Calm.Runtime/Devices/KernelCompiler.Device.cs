using System.Reflection;
using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace Calm.Runtime;

/// <summary>
/// Compiles kernels without a device, as devices do. Each gets a context of its own, which costs milliseconds: after a
/// failure ILGPU's contexts no longer compile anything.
/// </summary>
public static partial class KernelCompiler
{
    /// <summary>
    /// PTX for NVIDIA GPUs of the architecture sm_80 or newer: ILGPU 1.5.3 generates the same for all of them.
    /// </summary>
    /// <param name="kernel">An explicitly grouped kernel, its type parameters given.</param>
    /// <exception cref="CalmException">It does not compile; the message says why.</exception>
    public static string ToPtx(MethodInfo kernel) =>
        Compile(kernel, "PTX", static (context, entry) =>
        {
            CudaArchitecture architecture = CudaArchitecture.SM_80;
            CudaCapabilityContext capabilities = new(architecture);
            using PTXBackend backend = new(context, capabilities, architecture, CudaInstructionSet.ISA_84, nvvmAPI: null);
            return ((PTXCompiledKernel)backend.Compile(entry, default)).PTXAssembly;
        });

    /// <summary>OpenCL C for a device that has nothing beyond what ILGPU itself demands of all.</summary>
    /// <param name="kernel">An explicitly grouped kernel, its type parameters given.</param>
    /// <param name="float64">Whether the device has double precision.</param>
    /// <exception cref="CalmException">It does not compile; the message says why.</exception>
    public static string ToOpenCl(MethodInfo kernel, bool float64) =>
        Compile(kernel, "OpenCL C", (context, entry) =>
        {
            CLCapabilityContext capabilities = new(
                float16: false, float64, genericAddressSpace: true, int64_Atomics: false, subGroups: false);
            using CLBackend backend = new(context, capabilities, CLDeviceVendor.Other, CLBackend.MinimumVersion);
            return ((CLCompiledKernel)backend.Compile(entry, default)).Source;
        });

    private static string Compile(
        MethodInfo kernel, string language, Func<Context, EntryPointDescription, string> compile)
    {
        using Context context = IlgpuDevice.CreateContext(static _ => { });
        try
        {
            return Renumbered(compile(context, EntryPointDescription.FromExplicitlyGroupedKernel(kernel)));
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // ILGPU wraps the reason, which names the offending call, in reports of its own.
            throw new CalmException(
                $"{kernel.Name}: does not compile to {language}: {failure.GetBaseException().Message}", failure);
        }
    }

    // ILGPU numbers types, labels and functions by counters that its threads share: no two runs agree. Here the order of first
    // appearance counts.
    private static string Renumbered(string source)
    {
        Dictionary<string, string> numbers = [];
        return Number().Replace(source, found =>
        {
            if (!numbers.TryGetValue(found.Value, out string? number))
            {
                number = $"{numbers.Count}";
                numbers.Add(found.Value, number);
            }

            return number;
        });
    }

    // The number at the end of a name, but for that of an architecture.
    [GeneratedRegex(@"(?<=[A-Za-z0-9]_)(?<!\bsm_)\d+")]
    private static partial Regex Number();
}
