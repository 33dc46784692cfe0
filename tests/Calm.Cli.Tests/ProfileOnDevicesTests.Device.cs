using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli.Tests;

/// <summary>Profiles from the marks of ILGPU's devices.</summary>
[Trait("tier", "devices")]
public sealed class ProfileOnDevicesTests
{
    public static TheoryData<string> Devices => [.. TestDevices.Names];

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_profiled_step_has_every_op_and_the_same_loss(string name)
    {
        using Device plainDevice = DeviceList.Open(name);
        using Device device = DeviceList.Open(name, profiling: true);
        (double[] plain, _) = ProfiledSteps.Run(plainDevice, 2, profiles: false);
        (double[] profiled, ProfiledStep? step) = ProfiledSteps.Run(device, 2, profiles: true);
        Assert.Equal(plain, profiled);
        ProfiledSteps.Check(step!, onHost: false);
        using TemporaryFolder folder = new();
        string trace = folder["trace.json"];
        ChromeTrace.Write(trace, [new Profile("test", [step!], new Peak(1, 1))]);
        ProfiledSteps.CheckTrace(trace, [step!]);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_device_opened_without_profiling_refuses(string name)
    {
        using Device device = DeviceList.Open(name);
        Assert.Throws<InvalidOperationException>(() => Profiler.Run(device, static () => { }));
    }
}
