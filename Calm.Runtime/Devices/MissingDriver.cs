using System.Runtime.InteropServices;

namespace Calm.Runtime;

/// <summary>Explains why this machine has no device of a kind, and what provides one.</summary>
/// <param name="loads">Whether a library of this name can be loaded.</param>
internal sealed class MissingDriver(Func<string, bool> loads)
{
    /// <summary>Asks this machine.</summary>
    public static MissingDriver Here { get; } = new(static name =>
    {
        bool loaded = NativeLibrary.TryLoad(name, out nint library);
        if (loaded)
        {
            NativeLibrary.Free(library);
        }

        return loaded;
    });

    /// <summary>The reason why there is no NVIDIA GPU.</summary>
    public string Cuda =>
        Has("nvcuda.dll", "libcuda.so", out string name) ? "the NVIDIA driver finds no GPU; nvidia-smi tells why"
        : $"there is no NVIDIA driver ({name}); it comes with the driver alone, without the CUDA toolkit";

    /// <summary>The reason why there is no OpenCL device.</summary>
    public string OpenCl =>
        Has("OpenCL.dll", "libOpenCL.so", out string name)
            ? "the OpenCL loader finds no device: install the OpenCL part of the GPU's driver, or PoCL 3 or newer for the CPU; "
            + "clinfo lists what it finds"
        : $"there is no OpenCL loader ({name}): install the GPU's driver and, on Linux, ocl-icd-libopencl1";

    private bool Has(string onWindows, string elsewhere, out string name)
    {
        name = OperatingSystem.IsWindows() ? onWindows : elsewhere;
        return loads(name) || (DriverLibraries.OtherName(name) is { } other && loads(other));
    }
}
