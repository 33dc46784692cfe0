using System.Runtime.InteropServices;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Facts of the machine and of a device, for a passport.</summary>
internal static class PassportFacts
{
    /// <summary>This machine, and the versions of programs.</summary>
    public static PassportMachine Machine() => new(
        ProgramVersion.Text, ProgramVersion.Commit, Environment.Version.ToString(), DeviceList.IlgpuVersion,
        RuntimeInformation.OSDescription, RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant(),
        DeviceList.Find()[0].Description, Environment.ProcessorCount, ProcessorClock.NowMhz(), ProcessorClock.MostMhz());

    /// <summary>A device.</summary>
    public static PassportDevice Of(Device device)
    {
        int threads = device is HostDevice host ? host.Team.Threads : 0;
        DeviceEntry? entry = DeviceList.Find(threads).FirstOrDefault(entry => entry.Name == device.Name);
        return new PassportDevice(
            device.Name, device.Kind.ToString().ToLowerInvariant(), device.Description, device.Driver, device.Form,
            device.PrecisionText, (entry?.Capabilities ?? []).ToDictionary(c => c.Name, c => c.Value));
    }
}
