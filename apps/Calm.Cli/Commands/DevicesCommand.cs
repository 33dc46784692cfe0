using System.CommandLine;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary><c>calm devices</c>: lists the devices of this machine, and for unusable ones the reason.</summary>
internal static class DevicesCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new(
            "devices",
            "List the devices of this machine, or compile all kernels for them ahead of time. Example: calm devices --warm "
            + "--device opencl:0");
        Option<bool> warm = new("--warm")
        {
            Description = "Compile all kernels for a device and keep them on the disk, so that later starts compile nothing",
        };
        Option<string?> device = new("--device")
        {
            Description = "With --warm: cuda[:i] or opencl[:i]; default: all of them that can be used",
        };
        command.Options.Add(warm);
        command.Options.Add(device);
        command.SetAction(parsed => (parsed.GetValue(warm), parsed.GetValue(device)) switch
        {
            (true, var name) => WarmUp.Run(terminal, name),
            (false, null) => Run(terminal),
            (false, _) => throw new UsageException("--device: goes with --warm; without it all devices are listed."),
        });
        return command;
    }

    private static int Run(Terminal terminal)
    {
        IReadOnlyList<DeviceEntry> devices = DeviceList.Find();
        var result = new
        {
            devices = devices.Select(device => new
            {
                device.Name,
                kind = device.Kind.ToString().ToLowerInvariant(),
                device.Usable,
                device.Reason,
                device.Description,
                missing = device.Missing,
                missingOps = MissingOps(device).Select(missing => new { missing.Op, missing.Reason }),
                capabilities = device.Capabilities.ToDictionary(c => c.Name, c => c.Value),
            }),
        };
        terminal.Result(result, writer =>
        {
            foreach (DeviceEntry device in devices)
            {
                WriteDevice(writer, device);
            }
        });
        terminal.Next($"{NextStep.Program} verify --device auto");
        return 0;
    }

    /// <summary>The ops that a device can run, in a line.</summary>
    internal static string OpsLine(IReadOnlyList<(string Op, string Reason)> missing) =>
        missing.Count == 0
            ? "ops: all"
            : $"ops: all but {string.Join(", ", missing.Select(m => m.Op))} ({missing[0].Reason.TrimEnd('.')})";

    private static IReadOnlyList<(string Op, string Reason)> MissingOps(DeviceEntry device) =>
        device is { Usable: true, Kernels: var (limits, family) } ? OpSupport.Missing(family, device.Kind, limits) : [];

    private static void WriteDevice(TextWriter writer, DeviceEntry device)
    {
        const int indent = 11;
        string[] lines =
        [
            .. device.Description.Length > 0 ? [device.Description] : Array.Empty<string>(),
            .. device.Reason is { } reason ? [$"not usable: {reason}"] : Array.Empty<string>(),
            .. device.Capabilities.Chunk(5).Select(some => string.Join(", ", some.Select(c => $"{c.Name} {c.Value}"))),
            .. device.Missing.Select(what => $"without {what}"),
            .. device.Usable ? [OpsLine(MissingOps(device))] : Array.Empty<string>(),
            .. device is { Usable: true, LargestTensor: { } bytes }
                ? [$"tensors: of at most {Readable.Amount(bytes)}B each"]
                : Array.Empty<string>(),
        ];
        string name = device.Name;
        foreach (string line in lines)
        {
            writer.WriteLine(name.PadRight(indent) + line);
            name = "";
        }
    }
}
