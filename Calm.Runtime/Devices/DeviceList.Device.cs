using ILGPU;
using ILGPU.Backends.OpenCL;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace Calm.Runtime;

/// <content>The devices that ILGPU finds.</content>
public static partial class DeviceList
{
    static partial void FindIlgpuVersion(ref string? version) =>
        version = typeof(Context).Assembly.GetName().Version?.ToString(3);

    static partial void AddGpuDevices(List<DeviceEntry> devices, bool profiling)
    {
        AddCuda(devices, profiling);
        AddOpenCl(devices, profiling);
        devices.Add(new DeviceEntry(
            "emulated", DeviceKind.Emulated, "ILGPU's simulator, for debugging kernels", null, () => OpenEmulated(profiling)));
    }

    private static void AddCuda(List<DeviceEntry> devices, bool profiling)
    {
        IReadOnlyList<CudaDevice> found = Probe<CudaDevice>(builder => builder.Cuda(_ => true));
        if (found.Count == 0)
        {
            devices.Add(DeviceEntry.Unusable("cuda", DeviceKind.Cuda, "", "no NVIDIA driver or no GPU was found"));
        }

        for (int i = 0; i < found.Count; i++)
        {
            CudaDevice device = found[i];
            string name = $"cuda:{i}";
            string? reason = device is { Architecture: not null, InstructionSet: not null }
                ? null
                : $"ILGPU does not know this GPU or driver {device.DriverVersion}";
            int index = i;
            devices.Add(new DeviceEntry(name, DeviceKind.Cuda, device.Name, reason, () => Open(index))
            {
                Capabilities =
                [
                    ("type", "GPU"),
                    ("architecture", device.Architecture?.ToString() ?? "unknown"),
                    ("driver", device.DriverVersion.ToString()),
                    ("clockMhz", (device.ClockRate / 1000).ToString()),
                    .. Common(device),
                ],
            });

            Device Open(int at) => OpenNth<CudaDevice>(
                $"cuda:{at}", DeviceKind.Cuda, at, profiling, builder => builder.Cuda(_ => true),
                chosen => $"{chosen.Architecture}, driver {chosen.DriverVersion}");
        }
    }

    private static void AddOpenCl(List<DeviceEntry> devices, bool profiling)
    {
        IReadOnlyList<CLDevice> found = Probe<CLDevice>(builder => builder.OpenCL(_ => true));
        if (found.Count == 0)
        {
            devices.Add(DeviceEntry.Unusable(
                "opencl", DeviceKind.OpenCl, "", "no OpenCL loader (libOpenCL.so) or no OpenCL device was found"));
        }

        for (int i = 0; i < found.Count; i++)
        {
            CLDevice device = found[i];
            int index = i;
            devices.Add(new DeviceEntry(
                $"opencl:{i}", DeviceKind.OpenCl, device.Name, Refusal(device), () => Open(index))
            {
                Capabilities =
                [
                    ("type", device.DeviceType.HasFlag(CLDeviceType.CL_DEVICE_TYPE_GPU) ? "GPU" : "CPU"),
                    ("platform", device.PlatformName),
                    ("version", device.CLStdVersion.ToString()),
                    ("clockMhz", device.ClockRate.ToString()),
                    ("fp16", device.Capabilities.Float16.ToString()),
                    ("int64Atomics", device.Capabilities.Int64_Atomics.ToString()),
                    ("genericAddressSpace", device.Capabilities.GenericAddressSpace.ToString()),
                    .. Common(device),
                ],
            });

            Device Open(int at) => OpenNth<CLDevice>(
                $"opencl:{at}", DeviceKind.OpenCl, at, profiling, builder => builder.OpenCL(_ => true),
                chosen => $"{chosen.PlatformName} {chosen.PlatformVersion}, {chosen.CLStdVersion}");
        }
    }

    private static string? Refusal(CLDevice device)
    {
        if (device.CLStdVersion < CLBackend.MinimumVersion)
        {
            return $"it offers OpenCL C {device.CLStdVersion}, ILGPU needs {CLBackend.MinimumVersion}";
        }

        return device.Capabilities.GenericAddressSpace
            ? null
            : "it lacks OpenCL's generic address space, which ILGPU needs (PoCL has it from version 4 on)";
    }

    private static IEnumerable<(string Name, string Value)> Common(ILGPU.Runtime.Device device) =>
    [
        ("memoryMb", (device.MemorySize / 1_000_000).ToString()),
        ("computeUnits", device.NumMultiprocessors.ToString()),
        ("groupSize", device.MaxNumThreadsPerGroup.ToString()),
        ("sharedMemory", device.MaxSharedMemoryPerGroup.ToString()),
        ("warpSize", device.WarpSize.ToString()),
    ];

    // Asked by two threads at once, an OpenCL loader may answer one of them that it has no devices.
    private static readonly Lock Probing = new();

    /// <summary>The devices of one kind; none where the driver is missing or broken.</summary>
    private static IReadOnlyList<TDevice> Probe<TDevice>(Action<Context.Builder> add)
        where TDevice : ILGPU.Runtime.Device
    {
        try
        {
            lock (Probing)
            {
                using Context context = Context.Create(add);
                return [.. context.GetDevices<TDevice>()];
            }
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // Drivers fail in many ways; a machine with a broken one still has its other devices.
            return [];
        }
    }

    private static IlgpuDevice OpenNth<TDevice>(
        string name, DeviceKind kind, int index, bool profiling, Action<Context.Builder> add, Func<TDevice, string> driver)
        where TDevice : ILGPU.Runtime.Device
    {
        Context context;
        lock (Probing)
        {
            context = IlgpuDevice.CreateContext(add, profiling);
        }

        try
        {
            TDevice device = context.GetDevice<TDevice>(index);
            return new IlgpuDevice(name, kind, driver(device), context, device);
        }
        catch (Exception failure)
        {
            context.Dispose();
            throw new CalmException($"{name}: could not be opened: {failure.Message}", failure);
        }
    }

    private static IlgpuDevice OpenEmulated(bool profiling)
    {
        // Warps of 32, of which most kernels use half, because tensor cores are an affair of whole warps.
        CPUDevice simulated = new(TensorCore.WarpSize, 1, Environment.ProcessorCount);
        Context context = IlgpuDevice.CreateContext(builder => builder.CPU(simulated), profiling);
        return new IlgpuDevice("emulated", DeviceKind.Emulated, $"ILGPU {IlgpuVersion}", context, context.GetDevice<CPUDevice>(0));
    }
}
