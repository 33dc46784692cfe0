using System.Runtime.InteropServices;
using System.Text;
using ILGPU.Runtime.OpenCL;

namespace Calm.Runtime;

/// <summary>Properties of OpenCL drivers that ILGPU does not offer.</summary>
internal static unsafe partial class OpenClDriver
{
    private const uint DriverVersion = 0x102D; // CL_DRIVER_VERSION
    private const int MostBytes = 256;

    /// <summary>The driver's own version, such as 6.0 of PoCL; "unknown" if it does not tell.</summary>
    public static string VersionOf(CLDevice device)
    {
        byte* text = stackalloc byte[MostBytes];
        return GetDeviceInfo(device.DeviceId, DriverVersion, MostBytes, text, out nuint written) == 0 && written > 1
            ? Encoding.UTF8.GetString(text, (int)written - 1).Trim()
            : "unknown";
    }

    [LibraryImport("OpenCL", EntryPoint = "clGetDeviceInfo")]
    private static partial int GetDeviceInfo(nint device, uint what, nuint size, byte* value, out nuint written);
}
