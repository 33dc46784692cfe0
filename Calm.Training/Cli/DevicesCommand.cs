using System.CommandLine;
using Calm.Runtime;

namespace Calm.Training;

/// <summary><c>calm devices</c>: what this machine can compute with, and why the rest cannot be used.</summary>
internal static class DevicesCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new("devices", "List the devices of this machine. Example: calm devices --json");
        command.SetAction(_ => Run(terminal));
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
                capabilities = device.Capabilities.ToDictionary(c => c.Name, c => c.Value),
            }),
        };
        terminal.Result(result, writer =>
        {
            foreach (DeviceEntry device in devices)
            {
                writer.WriteLine($"{device.Name,-10} {(device.Usable ? device.Description : "not usable: " + device.Reason)}");
                if (device.Capabilities.Count > 0)
                {
                    writer.WriteLine(
                        new string(' ', 11) + string.Join(", ", device.Capabilities.Select(c => $"{c.Name} {c.Value}")));
                }
            }
        });
        return 0;
    }
}
