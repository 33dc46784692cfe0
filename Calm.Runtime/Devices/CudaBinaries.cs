using System.Runtime.InteropServices;

namespace Calm.Runtime;

/// <summary>The folder in which NVIDIA's driver keeps what it makes of PTX, by the PTX.</summary>
internal static partial class CudaBinaries
{
    /// <summary>The driver's variable for the folder.</summary>
    public const string Variable = "CUDA_CACHE_PATH";

    /// <summary>Whether there is such a driver.</summary>
    public static bool HasDriver => NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda" : "libcuda.so.1", out _);

    /// <summary>Names a folder to drivers that start later, unless the user has named one or it cannot be made.</summary>
    public static void KeepIn(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return;
        }

        // Elsewhere .NET's variables are its own, and no library sees them.
        if (!OperatingSystem.IsWindows())
        {
            _ = SetVariable(Variable, folder, overwrite: 0);
        }
        else if (Environment.GetEnvironmentVariable(Variable) is null)
        {
            Environment.SetEnvironmentVariable(Variable, folder);
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
