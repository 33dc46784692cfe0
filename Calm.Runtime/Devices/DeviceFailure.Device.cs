using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace Calm.Runtime;

/// <summary>Translates exceptions of drivers into one-line error messages.</summary>
public static class DeviceFailure
{
    /// <summary>Advice to a user whose device failed.</summary>
    internal const string Advice =
        "What was saved is safe: resume=true goes on from it. If it happens again, try device=host, and report it with the list "
        + "of devices.";

    /// <summary>The one line to print for an exception; null if it is neither a device's nor Calm's own.</summary>
    public static string? LineOf(Exception failure) => failure switch
    {
        CalmException own => own.Message,
        AcceleratorException driver => $"the device failed at a launch: {CauseOf(driver)}. {Advice}",
        _ => null,
    };

    /// <summary>The driver's name of the error.</summary>
    internal static string CauseOf(AcceleratorException failure) => failure switch
    {
        CLException openCl => openCl.Error.ToString(),
        CudaException cuda => $"{cuda.Error}",
        _ => failure.Message,
    };
}
