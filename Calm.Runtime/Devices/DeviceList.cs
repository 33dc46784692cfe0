namespace Calm.Runtime;

/// <summary>The devices of this machine.</summary>
public static partial class DeviceList
{
    /// <summary>Picks the first CUDA device, then the first OpenCL GPU, then the host.</summary>
    public const string Auto = "auto";

    /// <summary>All devices, the host first, also those that cannot be used, with the reason.</summary>
    /// <param name="threads">Threads of the host, or 0 for one a core.</param>
    /// <param name="profiling">Whether they are opened for <see cref="Profiler.Run"/>; each launch then costs more.</param>
    public static IReadOnlyList<DeviceEntry> Find(int threads = 0, bool profiling = false)
    {
        int cores = threads == 0 ? Environment.ProcessorCount : threads;
        DeviceEntry host = new("host", DeviceKind.Host, HostDescription(), null, () => new HostDevice(threads))
        {
            Capabilities =
            [
                ("threads", cores.ToString()),
                ("instructions", HostInstructions.Default.ToString()),
                ("instructionSets", string.Join(" ", Enum.GetValues<InstructionSet>().Where(HostInstructions.IsSupported))),
                ("memoryMb", (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1_000_000).ToString()),
            ],
        };
        List<DeviceEntry> devices = [host];
        AddGpuDevices(devices, profiling);
        return devices;
    }

    /// <summary>Opens a device by name.</summary>
    /// <param name="name">auto, host, cuda, cuda:i, opencl, opencl:i or emulated.</param>
    /// <param name="threads">Threads of the host, or 0 for one a core.</param>
    /// <param name="profiling">Whether it is opened for <see cref="Profiler.Run"/>; each launch then costs more.</param>
    /// <exception cref="CalmException">There is no such device, or it cannot be used: the message says why.</exception>
    public static Device Open(string name, int threads = 0, bool profiling = false)
    {
        if (name == "host")
        {
            return new HostDevice(threads);
        }

        IReadOnlyList<DeviceEntry> devices = Find(threads, profiling);
        if (name == Auto)
        {
            return Preferred(devices).Open();
        }

        DeviceEntry? named = devices.FirstOrDefault(d => d.Name == name)
            ?? devices.FirstOrDefault(d => d.Name == $"{name}:0");
        string? reason = named is null ? WhyAbsent(name, devices) : named.Reason;
        if (reason is null)
        {
            return named!.Open();
        }

        string usable = string.Join(", ", devices.Where(d => d.Usable).Select(d => d.Name));
        throw new CalmException($"device {name}: {reason}. Usable here: {usable}.");
    }

    /// <summary>The reason why there is no device of this name: its whole kind is missing, or there are fewer.</summary>
    private static string WhyAbsent(string name, IReadOnlyList<DeviceEntry> devices)
    {
        string kind = name.Split(':')[0];
        int count = devices.Count(d => d.Name.StartsWith(kind + ":", StringComparison.Ordinal));
        return devices.FirstOrDefault(d => d.Name == kind)?.Reason
            ?? (count > 0 ? $"the last of its kind is {kind}:{count - 1}" : "no such device");
    }

    private static DeviceEntry Preferred(IReadOnlyList<DeviceEntry> devices) =>
        devices.FirstOrDefault(d => d is { Usable: true, Kind: DeviceKind.Cuda })
        ?? devices.FirstOrDefault(d => d is { Usable: true, Kind: DeviceKind.OpenCl } && IsGpu(d))
        ?? devices[0];

    private static bool IsGpu(DeviceEntry entry) => entry.Capabilities.Contains(("type", "GPU"));

    private static string HostDescription()
    {
        const string cpuInfo = "/proc/cpuinfo";
        string? model = File.Exists(cpuInfo)
            ? File.ReadLines(cpuInfo).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))
            : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
        return model is null ? "CPU" : model[(model.IndexOf(':') + 1)..].Trim();
    }
}
