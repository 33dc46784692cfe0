using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using ILGPU;

namespace Calm.Runtime;

/// <summary>
/// Finds the libraries of drivers under the names that they have without their developer's packages. ILGPU asks for
/// libcuda.so, which such packages make a link to libcuda.so.1 that every driver brings; likewise for OpenCL. Of cuBLAS it
/// knows versions up to 12, and 13 has the same functions.
/// </summary>
internal static class DriverLibraries
{
    private static readonly Lock Registering = new();
    private static bool _isRegistered;

    /// <summary>Sees to it that the other names are tried where a library was not found.</summary>
    public static void Register()
    {
        lock (Registering)
        {
            if (!_isRegistered && AssemblyLoadContext.GetLoadContext(typeof(Context).Assembly) is { } loads)
            {
                // Not a resolver of the assembly: on WSL ILGPU sets its own, and there can be one only.
                loads.ResolvingUnmanagedDll += Resolve;
                _isRegistered = true;
            }
        }
    }

    /// <summary>The other name of a library; null if it has none.</summary>
    /// <param name="name">The name that was not found.</param>
    public static string? OtherName(string name) => name switch
    {
        "cuda" or "libcuda" or "libcuda.so" => "libcuda.so.1",
        "OpenCL" or "libOpenCL" or "libOpenCL.so" => "libOpenCL.so.1",
        "libcublas.so.12" => "libcublas.so.13",
        "cublas64_12" or "cublas64_12.dll" => "cublas64_13.dll",
        _ => null,
    };

    private static nint Resolve(Assembly assembly, string name) =>
        OtherName(name) is { } other && NativeLibrary.TryLoad(other, out nint library) ? library : 0;
}
