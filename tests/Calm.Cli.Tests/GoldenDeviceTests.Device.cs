namespace Calm.Cli.Tests;

/// <summary>The fixtures of tests/golden on ILGPU's devices; the emulator gets the small ones.</summary>
[Trait("tier", "devices")]
public sealed class GoldenDeviceTests(TestDevices devices) : IClassFixture<TestDevices>
{
    private const int MostEmulatedElements = 4096;

    public static TheoryData<string, string> Fixtures()
    {
        GoldenSet set = new(GoldenTests.Folder());
        TheoryData<string, string> data = [];
        foreach (string device in TestDevices.Names)
        {
            foreach (string name in set.Names
                         .Where(name => device != "emulated" || set.LargestArray(name) < MostEmulatedElements))
            {
                data.Add(name, device);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Fixtures))]
    public void Fixture_agrees(string name, string deviceName)
    {
        FixtureResult result = new GoldenSet(GoldenTests.Folder()).Run(name, devices[deviceName]);
        Assert.Null(result.Failure);
        Assert.Equal([], result.Results.Where(r => !r.Passed).Select(r => $"{r.Name}: {r.Error:E2} > {r.Limit:E2}"));
        Assert.True(result.Passed);
    }
}
