using Calm.Runtime;
using Calm.Tests;

namespace Calm.Kernels.Tests;

/// <summary>
/// The cases of every op on ILGPU's devices: those named in CALM_TEST_DEVICES (comma-separated), or the emulator, which gets
/// only small cases.
/// </summary>
[Collection("devices")]
[Trait("tier", "devices")]
public sealed class DeviceTests(TestDevices devices)
{
    private const int MostEmulatedElements = 4096;

    public static TheoryData<string, string> OpsOnDevices()
    {
        TheoryData<string, string> data = [];
        foreach (string device in TestDevices.Names)
        {
            foreach (string op in OpCases.Find().Select(c => c.Op).Distinct())
            {
                data.Add(op, device);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(OpsOnDevices))]
    public void Device_agrees_with_the_definition(string op, string deviceName)
    {
        Device device = devices[deviceName];
        List<CaseResult> results = [];
        foreach (OpCase c in CasesFor(op, device))
        {
            results.AddRange(CaseRunner.Check(c, device));
        }

        Assert.NotEmpty(results);
        Assert.Equal([], results.Where(r => !r.Passed).Select(r => $"{r.Name}: {r.Error:E2} > {r.Limit:E2}"));
    }

    /// <summary>On tensor cores where the device has some, as the emulator does.</summary>
    [Theory]
    [MemberData(nameof(OpsOnDevices))]
    public void Device_agrees_with_the_definition_in_bfloat16(string op, string deviceName)
    {
        Device device = devices[deviceName];
        device.Precision = Precision.BFloat16;
        IEnumerable<OpCase> cases = CasesFor(op, device).Where(c => c.RoundsOperands);
        Assert.Equal(
            [],
            cases.SelectMany(c => CaseRunner.Check(c, device)).Where(r => !r.Passed)
                .Select(r => $"{r.Name}: {r.Error:E2} > {r.Limit:E2}"));
    }

    private static IEnumerable<OpCase> CasesFor(string op, Device device) =>
        OpCases.Find().Where(c =>
            c.Op == op
            && (device.Kind != DeviceKind.Emulated || c.Inputs.All(input => input.Shape.Count < MostEmulatedElements)));
}
