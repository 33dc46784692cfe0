using System.Diagnostics;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary><c>calm devices --warm</c>: compiles all kernels of devices ahead of time.</summary>
internal static class WarmUp
{
    private sealed record Warmed(string Device, long Compiled, long FromDisk, double Seconds, IReadOnlyList<string> Refused);

    /// <summary>Warms up the named device, or every one that has kernels to keep.</summary>
    public static int Run(Terminal terminal, string? name)
    {
        KernelCache cache = KernelCache.Default ?? throw new CalmException(
            $"the cache of kernels is off; unset {KernelCache.Variable}, and start without a debugger.");
        List<Warmed> warmed = [];
        foreach (string device in name is null ? Names() : [name])
        {
            warmed.Add(Warm(terminal, device));
        }

        if (cache.Failure is { } failure && warmed.Any(one => one.Compiled > 0))
        {
            terminal.Error.WriteLine($"calm: kernels cannot be kept: {failure}");
        }

        (int files, long bytes) = cache.Size;
        var result = new { devices = warmed, folder = cache.Folder, files, sizeMb = bytes / 1e6 };
        terminal.Result(result, writer =>
        {
            foreach (Warmed one in warmed)
            {
                writer.WriteLine(
                    $"{one.Device}: {Readable.Count(one.Compiled, "kernel")} compiled, {one.FromDisk} from the disk, "
                    + $"{one.Seconds:F1} s");
            }

            writer.WriteLine($"{cache.Folder}: {Readable.Count(files, "file")}, {result.sizeMb:F1} MB");
        });
        return 0;
    }

    private static IEnumerable<string> Names()
    {
        DeviceEntry[] found =
            [.. DeviceList.Find().Where(entry => entry is { Usable: true, Kind: DeviceKind.Cuda or DeviceKind.OpenCl })];
        return found.Length > 0
            ? found.Select(entry => entry.Name)
            : throw new CalmException("no CUDA or OpenCL device can be used here; calm devices tells why.");
    }

    private static Warmed Warm(Terminal terminal, string name)
    {
        using Device device = DeviceList.Open(name);
        if (device is not IlgpuDevice { Kind: not DeviceKind.Emulated } gpu)
        {
            throw new UsageException($"--device {name}: compiles no kernels ahead of time; choose a CUDA or OpenCL device.");
        }

        long begin = Stopwatch.GetTimestamp();
        KernelWarmUp.Result result = terminal.During($"compiling kernels for {device.Name}", activity =>
            KernelWarmUp.Run(gpu, (kernel, share) =>
            {
                activity.Count(kernel);
                activity.Report(share);
            }));
        foreach (string reason in result.Refused)
        {
            terminal.Error.WriteLine($"calm: {reason}");
        }

        return new Warmed(
            device.Name, result.Compiled, result.FromDisk, Stopwatch.GetElapsedTime(begin).TotalSeconds, result.Refused);
    }
}
