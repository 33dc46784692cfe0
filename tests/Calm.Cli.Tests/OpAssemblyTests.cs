using System.Text.Json;

namespace Calm.Cli.Tests;

/// <summary>Ops of an assembly outside the tree: samples/OwnOp.</summary>
public sealed class OpAssemblyTests
{
    private static string Sample => Programs.Built("samples/OwnOp");

    [Theory]
    [InlineData("host", 6)]
    [InlineData("emulated", 5)]
    [Trait("tier", "emulator")]
    public void Its_cases_are_verified_like_our_own(string device, int cases)
    {
        (int code, string output, _) = CommandLineTests.Calm("verify", "--assembly", Sample, "--device", device, "--json");
        Assert.Equal(0, code);
        JsonElement report = JsonDocument.Parse(output).RootElement;
        Assert.Equal(cases, report.GetProperty("cases").GetInt32());
        Assert.Equal(0, report.GetProperty("failed").GetInt32());
    }

    [Fact]
    public void A_wrong_gradient_in_it_is_found()
    {
        (int code, string output, _) = CommandLineTests.Calm(
            "verify", "--assembly", typeof(OpAssemblyTests).Assembly.Location, "--device", "host", "--json");
        Assert.Equal(1, code);
        JsonElement report = JsonDocument.Parse(output).RootElement;
        Assert.Equal(1, report.GetProperty("failed").GetInt32());
        string? failure = report.GetProperty("failures")[0].GetString();
        Assert.Contains(" dx: ", failure, StringComparison.Ordinal);
        Assert.Matches(@"; 33 elements differ; worst at \[\d+\]: got \S+, wanted \S+, relative error 0.5; first at \[0\]: ", failure);
        JsonElement worst = report.GetProperty("differences")[0].GetProperty("worst");
        Assert.Equal(2 * worst.GetProperty("got").GetDouble(), worst.GetProperty("wanted").GetDouble(), 1e-4);
        Assert.Equal(0.5, worst.GetProperty("relativeError").GetDouble(), 1e-4);
    }

    [Fact]
    public void Its_kernels_are_listed_with_names_of_their_own()
    {
        (int code, string output, _) = CommandLineTests.Calm("kernels", "--assembly", Sample, "--ptx", "--json");
        Assert.Equal(0, code);
        JsonElement[] kernels = [.. JsonDocument.Parse(output).RootElement.GetProperty("kernels").EnumerateArray()];
        Assert.Contains(kernels, kernel => kernel.GetProperty("name").GetString() == "QuickGelu.BackwardKernel");
        Assert.All(kernels, kernel => Assert.Contains(
            ".entry Kernel_QuickGelu_", kernel.GetProperty("source").GetString(), StringComparison.Ordinal));
    }

    [Fact]
    public void Its_ops_are_timed_against_the_peak()
    {
        (int code, string output, _) = CommandLineTests.Calm("bench", "--assembly", Sample, "--seconds", "0.01", "--json");
        Assert.Equal(0, code);
        JsonElement result = JsonDocument.Parse(output).RootElement;
        Assert.Equal(
            ["forward", "backward"],
            result.GetProperty("ops").EnumerateArray().Select(op => op.GetProperty("direction").GetString()));
        Assert.Equal(JsonValueKind.Null, result.TryGetProperty("step", out JsonElement step) ? step.ValueKind : JsonValueKind.Null);
    }

    [Theory]
    [InlineData("missing.dll", "no such file")]
    [InlineData("README.md", "is no .NET assembly")]
    public void An_assembly_that_cannot_be_used_is_refused_in_one_line(string name, string reason)
    {
        string path = Path.Combine(Programs.Root, name);
        (int code, _, string error) = CommandLineTests.Calm("kernels", "--assembly", path);
        Assert.Equal(2, code);
        Assert.Contains(reason, Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }
}
