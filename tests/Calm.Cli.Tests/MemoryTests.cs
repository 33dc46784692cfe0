using System.Text.Json;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli.Tests;

/// <summary>Runs that do not fit end in one line with a setting that does, before and during training.</summary>
public sealed class MemoryTests : IDisposable
{
    private readonly TinyRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void A_dry_run_tells_the_memory_and_the_largest_batch()
    {
        JsonElement memory = JsonDocument.Parse(TinyRun.Succeeds(Train("--dry-run", "--json"))).RootElement.GetProperty("memory");
        Assert.Equal(64, memory.GetProperty("atOnce").GetInt32());
        Assert.True(memory.GetProperty("largestAtOnce").GetInt32() > 64);
        Assert.True(memory.GetProperty("recompute").GetProperty("largestAtOnce").GetInt32() > 64);
        double parts = memory.GetProperty("weightsMb").GetDouble() * 4;
        Assert.InRange(memory.GetProperty("persistentMb").GetDouble(), parts, memory.GetProperty("totalMb").GetDouble());
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_a_setting_that_fits_and_training_agrees()
    {
        string[] large = ["--memory", "20", "--batch", "2048", "--steps", "2"];
        string dry = TinyRun.Fails(1, Train([.. large, "--dry-run"]));
        string trained = TinyRun.Fails(1, Train(large));
        Assert.Contains("autoencoder with 2,048 patches at once does not fit into 20.0", dry, StringComparison.Ordinal);
        string parts = Accumulate(dry);
        Assert.Equal(parts, Accumulate(trained));
        Directory.Delete(_run["ae"], recursive: true);
        TinyRun.Succeeds(Train([.. large, "--accumulate", parts]));
    }

    [Fact]
    public void A_timed_step_that_does_not_fit_is_refused_with_a_batch_that_does()
    {
        string[] step = ["bench", "--op", "none", "--step", "tiny", "--seconds", "0.001", "--device", "host", "--memory", "150"];
        string line = TinyRun.Fails(1, [.. step, "--batch", "512"]);
        Assert.EndsWith(" fits.", line.TrimEnd(), StringComparison.Ordinal);
        TinyRun.Succeeds([.. step, "--batch", line.Split("Try again: --batch ")[1].Split(' ')[0]]);
    }

    /// <summary>A device may have room enough, but none in one piece.</summary>
    [Theory]
    [InlineData(8_000_000, "[A-Za-z ]+", "Try again: accumulate=")]
    [InlineData(2_000_000, "parameters", "No batch and no context of this model fits")]
    public void A_piece_that_is_too_large_is_named_rather_than_the_whole_memory(long largest, string owner, string advice)
    {
        using IlgpuDevice gpu = IlgpuDevice.Recording(
            KernelFamily.Tiled, DeviceKind.OpenCl, memory: 8_000_000_000, name: "opencl:0");
        gpu.LargestBlock = largest;
        RunConfig config = Presets.Step("tiny", batch: 64);
        string line = Assert.Throws<CalmException>(() => MemoryEstimate.Of(Stage.Calm, config, gpu, 1e6)).Message;
        Assert.Matches(
            $"^opencl:0: calm with 64 sequences at once does not fit: {owner}: a tensor .* and opencl:0 gives at most "
            + $"{largest / 1e6:F1} MB in one piece. {advice}", line);
    }

    [Theory]
    [InlineData(double.PositiveInfinity, 1)]
    [InlineData(1, double.PositiveInfinity)]
    [InlineData(double.NaN, double.NaN)]
    public void A_finding_without_a_finite_number_is_written_as_json(double error, double limit)
    {
        ElementDifference worst = new([0], error, limit);
        CaseResult result = new("test", error, limit) { Worst = worst, First = [worst], Differing = 1 };
        JsonElement json = JsonSerializer.SerializeToElement(VerifyFinding.Of(result));
        Assert.Equal(double.IsFinite(limit), json.GetProperty("Tolerance").ValueKind == JsonValueKind.Number);
        Assert.Equal(double.IsFinite(error), json.GetProperty("Error").ValueKind == JsonValueKind.Number);
    }

    [Fact]
    public void Verification_names_what_is_too_large_for_the_emulator()
    {
        (int code, string page, string error) = CommandLineTests.Calm("verify", "--device", "emulated", "--op", "Transpose");
        Assert.True(code == 0, error);
        string count = page.Split("left out  ")[1].Split(' ')[0];
        Assert.Equal(int.Parse(count), page.Split("  left out: ").Length - 1);
    }

    private string[] Train(params string[] more) =>
        ["train", "autoencoder", "--data", _run.TextFile, "--run", _run["ae"], .. TinyRun.Settings, "--threads", "1", .. more];

    private static string Accumulate(string line) => line.Split("--accumulate ")[1].Split(' ')[0];
}
