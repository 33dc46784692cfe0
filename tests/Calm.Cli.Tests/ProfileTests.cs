using System.Text.Json;
using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli.Tests;

/// <summary>Profiles on the host, and those of the command line.</summary>
public sealed class ProfileTests : IDisposable
{
    private readonly TinyRun _run = new();

    public void Dispose() => _run.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_profiled_step_has_every_op_and_the_same_loss(int threads)
    {
        using HostDevice host = new(threads);
        (double[] plain, _) = ProfiledSteps.Run(host, 4, profiles: false);
        (double[] profiled, ProfiledStep? step) = ProfiledSteps.Run(host, 4, profiles: true);
        Assert.Equal(plain, profiled);
        Assert.Null(host.Profiler);
        ProfiledSteps.Check(step!, onHost: true);
        string trace = _run["trace.json"];
        ChromeTrace.Write(trace, [new Profile("test", [step!, step!], new Peak(1, 1))]);
        ProfiledSteps.CheckTrace(trace, [step!, step!]);
    }

    [Fact]
    public void A_step_that_fails_leaves_no_profiler_behind()
    {
        using HostDevice host = new(1);
        Assert.Throws<CalmException>(() => Profiler.Run(host, () => throw new CalmException("failed")));
        Assert.Null(host.Profiler);
    }

    [Fact]
    public void Training_goes_on_with_the_same_bits()
    {
        _run.TrainAutoencoder(steps: 2);
        TinyRun.Succeeds(_run.TrainCalm("plain", "--steps", "10"));
        string[] args = _run.TrainCalm("profiled", "--steps", "10", "--profile", _run["t.json"]);
        (int code, _, string error) = CommandLineTests.Calm(args);
        Assert.Equal(0, code);
        Assert.Contains("profile of calm, steps 4 to 8", error, StringComparison.Ordinal);
        Assert.Contains("EnergyScore", error, StringComparison.Ordinal);
        Assert.Equal(
            File.ReadAllBytes(_run["plain/model.safetensors"]), File.ReadAllBytes(_run["profiled/model.safetensors"]));
        Assert.Equal(5, ProfiledSteps.Events(_run["t.json"]).Count(e => e.GetProperty("cat").GetString() == "step"));
    }

    [Fact]
    public void A_run_too_short_for_a_profile_says_so()
    {
        _run.TrainAutoencoder(steps: 2);
        (int code, _, string error) = CommandLineTests.Calm(
            _run.TrainCalm("short", "--steps", "3", "--profile", _run["none.json"]));
        Assert.Equal(0, code);
        Assert.Contains("not written", error, StringComparison.Ordinal);
        Assert.False(File.Exists(_run["none.json"]));
    }

    [Fact]
    public void Bench_profiles_an_op()
    {
        string file = _run["bench.json"];
        string output = TinyRun.Succeeds(
            "bench", "--device", "host", "--op", "RmsNorm", "--step", "none", "--seconds", "0.001",
            "--profile", file, "--json");
        JsonElement result = JsonDocument.Parse(output).RootElement;
        Assert.Equal(file, result.GetProperty("trace").GetString());
        JsonElement[] ops =
            [.. result.GetProperty("profiles")[0].GetProperty("ops").EnumerateArray()
                .Where(op => op.GetProperty("op").GetString() == "RmsNorm")];
        Assert.Equal(["backward", "forward"], ops.Select(op => op.GetProperty("direction").GetString()).Order());
        Assert.All(ops, op => Assert.True(op.GetProperty("rate").GetProperty("gbs").GetDouble() > 0));
        Assert.NotEmpty(ProfiledSteps.Events(file));
    }

    [Fact]
    public void A_trace_that_cannot_be_written_takes_one_line() =>
        Assert.Contains(
            "cannot be written",
            TinyRun.Fails(
                1, "bench", "--device", "host", "--op", "RmsNorm", "--step", "none", "--seconds", "0.001", "--profile",
                _run.TextFile + "/trace.json"),
            StringComparison.Ordinal);
}
