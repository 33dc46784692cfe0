using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace Calm.Runtime;

/// <content>What ILGPU's drivers say.</content>
public static partial class DeviceFailure
{
    /// <summary>What a user can do about a device that failed.</summary>
    internal const string Advice =
        "What was saved is safe: resume=true goes on from it. If it happens again, try device=host, and report it with the list "
        + "of devices.";

    /// <summary>The driver's name of the error.</summary>
    internal static string CauseOf(AcceleratorException failure) => failure switch
    {
        CLException openCl => openCl.Error.ToString(),
        CudaException cuda => $"{cuda.Error}",
        _ => failure.Message,
    };

    static partial void Explain(Exception failure, ref string? line) =>
        line = failure is AcceleratorException accelerator
            ? $"the device failed at a launch: {CauseOf(accelerator)}. {Advice}"
            : null;
}
