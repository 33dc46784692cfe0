using System.Runtime.InteropServices;
using System.Text;
using ILGPU.Runtime.OpenCL;

namespace Calm.Runtime;

/// <summary>Properties of OpenCL drivers that ILGPU does not offer, or judges too strictly.</summary>
internal static unsafe partial class OpenClDriver
{
    private const uint DriverVersion = 0x102D; // CL_DRIVER_VERSION
    private const uint LargestAllocation = 0x1010; // CL_DEVICE_MAX_MEM_ALLOC_SIZE
    private const uint ParameterBytes = 0x1017; // CL_DEVICE_MAX_PARAMETER_SIZE
    private const uint KernelThreads = 0x11B0; // CL_KERNEL_WORK_GROUP_SIZE
    private const uint KernelPrivateBytes = 0x11B4; // CL_KERNEL_PRIVATE_MEM_SIZE
    private const int MostBytes = 256;

    /// <summary>The driver's own version, such as 6.0 of PoCL; "unknown" if it does not tell.</summary>
    public static string VersionOf(CLDevice device)
    {
        byte* text = stackalloc byte[MostBytes];
        return GetDeviceInfo(device.DeviceId, DriverVersion, MostBytes, text, out nuint written) == 0 && written > 1
            ? Encoding.UTF8.GetString(text, (int)written - 1).Trim()
            : "unknown";
    }

    /// <summary>The largest buffer in bytes; without an answer, no bound.</summary>
    public static long LargestBlockOf(CLDevice device)
    {
        ulong bytes = 0;
        bool isTold = GetDeviceInfo(device.DeviceId, LargestAllocation, sizeof(ulong), (byte*)&bytes, out _) == 0 && bytes > 0;
        return isTold ? (long)Math.Min(bytes, long.MaxValue) : long.MaxValue;
    }

    /// <summary>Bytes of a kernel's parameters, 8 for each buffer; without an answer, no bound.</summary>
    public static int ParameterBytesOf(CLDevice device)
    {
        nuint bytes = 0;
        nuint size = (nuint)sizeof(nuint);
        bool isTold = GetDeviceInfo(device.DeviceId, ParameterBytes, size, (byte*)&bytes, out _) == 0 && bytes > 0;
        return isTold ? (int)Math.Min(bytes, int.MaxValue) : int.MaxValue;
    }

    /// <summary>The needs of a kernel.</summary>
    /// <param name="kernel">Its handle.</param>
    /// <param name="device">The device's.</param>
    /// <param name="limit">The device's limit of threads, where the driver does not answer.</param>
    public static KernelNeeds NeedsOf(nint kernel, nint device, int limit)
    {
        nuint threads = 0;
        ulong bytes = 0;
        nuint size = (nuint)sizeof(nuint);
        bool hasThreads = GetKernelInfo(kernel, device, KernelThreads, size, (byte*)&threads, out _) == 0 && threads > 0;
        bool hasBytes = GetKernelInfo(kernel, device, KernelPrivateBytes, sizeof(ulong), (byte*)&bytes, out _) == 0;
        return new KernelNeeds(
            hasThreads ? (int)Math.Min(threads, (nuint)limit) : limit, null, hasBytes ? (long)bytes : null);
    }

    /// <summary>Admits every device to a context; <see cref="DeviceList"/> says which of them cannot be used, and why.</summary>
    public static bool Admit(CLDevice device)
    {
        AssumeGenericAddressSpace(device.Capabilities);
        return true;
    }

    /// <summary>Makes ILGPU take a device whose driver has no generic address space, such as PoCL 3 and Mesa's rusticl.</summary>
    /// <remarks>
    /// No kernel needs it: ILGPU infers the address space of every pointer in them. ILGPU 1.5.3 refuses such a device all the
    /// same, when it is opened, and has no public setter for what it looks at.
    /// </remarks>
    internal static void AssumeGenericAddressSpace(CLCapabilityContext capabilities) =>
        typeof(CLCapabilityContext).GetProperty(nameof(CLCapabilityContext.GenericAddressSpace))!.SetValue(capabilities, true);

    [LibraryImport("OpenCL", EntryPoint = "clGetDeviceInfo")]
    private static partial int GetDeviceInfo(nint device, uint what, nuint size, byte* value, out nuint written);

    [LibraryImport("OpenCL", EntryPoint = "clGetKernelWorkGroupInfo")]
    private static partial int GetKernelInfo(
        nint kernel, nint device, uint what, nuint size, byte* value, out nuint written);
}
