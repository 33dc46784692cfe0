using Calm.Runtime;

namespace Calm.Tests;

/// <summary>The devices of ILGPU that tests run on: those named in CALM_TEST_DEVICES (comma-separated), or the emulator.</summary>
public sealed class TestDevices : IDisposable
{
    private readonly Dictionary<string, Device> _open = [];

    public static string[] Names =>
        Environment.GetEnvironmentVariable("CALM_TEST_DEVICES") is { Length: > 0 } named ? named.Split(',') : ["emulated"];

    /// <summary>A device, opened once, since every opening compiles its kernels again; its precision is float32.</summary>
    internal Device this[string name]
    {
        get
        {
            if (!_open.TryGetValue(name, out Device? device))
            {
                _open.Add(name, device = DeviceList.Open(name));
            }

            device.Precision = Precision.Float32;
            return device;
        }
    }

    public void Dispose()
    {
        foreach (Device device in _open.Values)
        {
            device.Dispose();
        }
    }
}
