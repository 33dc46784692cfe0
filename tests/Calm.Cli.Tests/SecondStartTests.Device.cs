using System.Text.Json;

namespace Calm.Cli.Tests;

/// <summary>Starts of the program one after the other, and at once, with one folder of kernels.</summary>
[Trait("tier", "devices")]
public sealed class SecondStartTests
{
    [Fact]
    public async Task A_second_start_compiles_nothing_whoever_filled_the_folder()
    {
        foreach (string device in TestDevices.Names.Where(name => name != "emulated"))
        {
            using TemporaryFolder folder = new();
            var first = await Task.WhenAll(Task.Run(() => Start(device, folder)), Task.Run(() => Start(device, folder)));
            long kernels = first[0].Compiled + first[0].FromDisk;
            Assert.True(kernels > 0);
            Assert.Equal((0, kernels), Start(device, folder));
        }
    }

    private static (long Compiled, long FromDisk) Start(string device, TemporaryFolder folder)
    {
        string output = Programs.MustRun(
            "env", Programs.Root, $"CALM_CACHE={folder.Root}", "CALM_KERNEL_CACHE=on", "dotnet", Programs.Built("apps/Calm.Cli"),
            "bench", "--op", "none", "--step", "tiny", "--batch", "1", "--seconds", "0.001", "--device", device, "--json");
        JsonElement step = JsonDocument.Parse(output).RootElement.GetProperty("step");
        return (step.GetProperty("kernelsCompiled").GetInt64(), step.GetProperty("kernelsFromDisk").GetInt64());
    }
}
