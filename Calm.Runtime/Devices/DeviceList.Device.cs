using ILGPU;
using ILGPU.Backends.OpenCL;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace Calm.Runtime;

/// <content>The devices that ILGPU finds.</content>
public static partial class DeviceList
{
    /// <summary>The version of ILGPU.</summary>
    public static string IlgpuVersion => typeof(Context).Assembly.GetName().Version!.ToString(3);

    /// <summary>Bytes of parameters, 8 for each buffer, that every kernel keeps to: what OpenCL promises.</summary>
    internal const int KernelParameterBytes = 1024;

    /// <summary>Adds CUDA, OpenCL and emulated devices.</summary>
    private static void AddGpuDevices(List<DeviceEntry> devices, bool profiling)
    {
        DriverLibraries.Register();
        AddCuda(devices, profiling);
        AddOpenCl(devices, profiling);
        devices.Add(new DeviceEntry(
            "emulated", DeviceKind.Emulated, "ILGPU's simulator, for debugging kernels", null,
            () => OpenEmulated(profiling))
        {
            Capabilities =
            [
                ("type", "CPU"),
                ("kernels", nameof(KernelFamily.Tiled)),
                ("memoryMb", (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1_000_000).ToString()),
                ("computeUnits", Environment.ProcessorCount.ToString()),
                ("groupSize", IlgpuDevice.EmulatedGroupSize.ToString()),
                ("warpSize", TensorCore.WarpSize.ToString()),
            ],
        });
    }

    private static void AddCuda(List<DeviceEntry> devices, bool profiling)
    {
        if (KernelCache.Default is not null && CudaBinaries.HasDriver)
        {
            CudaBinaries.KeepIn(Path.Combine(CacheFolder.Path, "cuda"));
        }

        IReadOnlyList<CudaDevice> found = Probe<CudaDevice>(builder => builder.Cuda(_ => true), out string? failure);
        if (found.Count == 0)
        {
            devices.Add(DeviceEntry.Unusable("cuda", DeviceKind.Cuda, "", failure ?? MissingDriver.Here.Cuda));
        }

        for (int i = 0; i < found.Count; i++)
        {
            CudaDevice device = found[i];
            string name = $"cuda:{i}";
            string? reason = device is { Architecture: not null, InstructionSet: not null }
                ? null
                : $"ILGPU {IlgpuVersion} does not know this GPU or its driver, {device.DriverVersion}; "
                + "its OpenCL device may work";
            int index = i;
            devices.Add(new DeviceEntry(name, DeviceKind.Cuda, device.Name, reason, () => Open(index))
            {
                Capabilities =
                [
                    ("type", "GPU"),
                    ("architecture", device.Architecture?.ToString() ?? "unknown"),
                    ("tensorCores", YesOrNo(device.Architecture >= CudaArchitecture.SM_80)),
                    ("driver", device.DriverVersion.ToString()),
                    ("clockMhz", device.ClockRate.ToString()),
                    ("fp16", YesOrNo(device.Architecture >= CudaArchitecture.SM_53)),
                    ("fp64", YesOrNo(true)),
                    ("int64Atomics", YesOrNo(true)),
                    .. Common(device),
                ],
                Kernels = KernelsOf(device),
            });

            Device Open(int at) => OpenNth<CudaDevice>(
                $"cuda:{at}", DeviceKind.Cuda, at, profiling, builder => builder.Cuda(_ => true),
                chosen => $"{chosen.Architecture}, driver {chosen.DriverVersion}");
        }
    }

    private static void AddOpenCl(List<DeviceEntry> devices, bool profiling)
    {
        IReadOnlyList<CLDevice> found = Probe<CLDevice>(builder => builder.OpenCL(OpenClDriver.Admit), out string? failure);
        if (found.Count == 0)
        {
            devices.Add(DeviceEntry.Unusable(
                "opencl", DeviceKind.OpenCl, "", failure ?? MissingDriver.Here.OpenCl));
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
                    ("driver", OpenClDriver.VersionOf(device)),
                    ("clockMhz", device.ClockRate.ToString()),
                    ("fp16", YesOrNo(device.Capabilities.Float16)),
                    ("fp64", YesOrNo(device.Capabilities.Float64)),
                    ("int64Atomics", YesOrNo(device.Capabilities.Int64_Atomics)),
                    .. Common(device),
                    ("largestBlockMb", (OpenClDriver.LargestBlockOf(device) / 1_000_000).ToString()),
                ],
                Kernels = KernelsOf(device),
                LargestTensor = IlgpuDevice.LargestBlockOf(device) is var most && most < device.MemorySize ? most : null,
                Missing = MissingOf(device.Capabilities),
            });

            Device Open(int at) => OpenNth<CLDevice>(
                $"opencl:{at}", DeviceKind.OpenCl, at, profiling, builder => builder.OpenCL(OpenClDriver.Admit),
                chosen => $"{chosen.PlatformName} {OpenClDriver.VersionOf(chosen)}, {chosen.CLStdVersion}");
        }
    }

    private static string? Refusal(CLDevice device) =>
        device.CLStdVersion < CLBackend.MinimumVersion
            ? $"it offers OpenCL C {device.CLStdVersion}, ILGPU needs {CLBackend.MinimumVersion}; try a newer driver"
        : OpenClDriver.ParameterBytesOf(device) is < KernelParameterBytes and var bytes
            ? $"its kernels take {bytes} B of parameters, {KernelParameterBytes} are needed; try a newer driver"
            : null;

    private static string[] MissingOf(CLCapabilityContext has) =>
    [
        .. has.Float16 ? Array.Empty<string>() : ["fp16, which no kernel uses"],
        .. has.Float64 ? Array.Empty<string>() : ["fp64, which no kernel uses"],
        .. has.Int64_Atomics ? Array.Empty<string>() : ["64-bit atomics, which no kernel uses"],
    ];

    private static string YesOrNo(bool has) => has ? "yes" : "no";

    private static (GroupLimits, KernelFamily) KernelsOf(ILGPU.Runtime.Device device) =>
        (IlgpuDevice.LimitsOf(device), IlgpuDevice.FamilyOf(device));

    private static IEnumerable<(string Name, string Value)> Common(ILGPU.Runtime.Device device) =>
    [
        ("kernels", IlgpuDevice.FamilyOf(device).ToString()),
        ("memoryMb", (device.MemorySize / 1_000_000).ToString()),
        ("computeUnits", device.NumMultiprocessors.ToString()),
        ("groupSize", device.MaxNumThreadsPerGroup.ToString()),
        ("sharedMemory", device.MaxSharedMemoryPerGroup.ToString()),
        ("warpSize", device.WarpSize.ToString()),
    ];

    // Asked by two threads at once, an OpenCL loader may answer one of them that it has no devices.
    private static readonly Lock Probing = new();

    /// <summary>The devices of one kind; none where the driver is missing, or broken as <paramref name="broken"/> says.</summary>
    private static IReadOnlyList<TDevice> Probe<TDevice>(Action<Context.Builder> add, out string? broken)
        where TDevice : ILGPU.Runtime.Device
    {
        broken = null;
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
            broken = failure is DllNotFoundException
                ? null
                : $"its driver fails: {failure.GetBaseException().Message.ReplaceLineEndings(" ")}";
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
        return new IlgpuDevice(
            "emulated", DeviceKind.Emulated, $"ILGPU {IlgpuVersion}", context, context.GetDevice<CPUDevice>(0));
    }
}
