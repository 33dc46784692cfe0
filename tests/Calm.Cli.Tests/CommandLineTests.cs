using System.Text.Json;

namespace Calm.Cli.Tests;

/// <summary>The command line as a user types it, in this process.</summary>
public sealed class CommandLineTests
{
    private const string ForwardKernel = "RmsNorm.ForwardKernel<FloatElements, GroupTeam<Group128>>";

    [Fact]
    public void Devices_lists_the_host_as_json()
    {
        (int code, string output, _) = Calm("devices", "--json");
        Assert.Equal(0, code);
        JsonElement host = JsonDocument.Parse(output).RootElement.GetProperty("devices")[0];
        Assert.Equal("host", host.GetProperty("name").GetString());
        Assert.True(host.GetProperty("usable").GetBoolean());
        Assert.Equal(0, host.GetProperty("missingOps").GetArrayLength());
        Assert.Single(output.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void Without_a_cache_there_is_nothing_to_warm()
    {
        (int code, string output, string error) = Calm("devices", "--warm");
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("the cache of kernels is off; unset CALM_KERNEL_CACHE", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Devices_says_which_ops_a_device_leaves_out()
    {
        Assert.Equal("ops: all", DevicesCommand.OpsLine([]));
        Assert.Equal(
            "ops: all but Linear, MatMul (TilesKernel: needs 9 B)",
            DevicesCommand.OpsLine([("Linear", "TilesKernel: needs 9 B."), ("MatMul", "another reason")]));
    }

    [Theory]
    [InlineData("devicez")]
    [InlineData("devices", "--colour")]
    [InlineData("devices", "--device", "host")]
    [InlineData("kernels", "--family", "round")]
    [InlineData("kernels", "--op", "RmsNor")]
    [InlineData("train", "calm", "--precision", "half")]
    [InlineData("bench", "--gemm", "fast")]
    public void Usage_errors_take_one_line_and_exit_with_2(params string[] args)
    {
        (int code, string output, string error) = Calm(args);
        Assert.Equal(2, code);
        Assert.Equal("", output);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("calm [command] [options]", "--help")]
    [InlineData("calm devices [options]", "devices", "--help")]
    [InlineData("calm generate <run> [options]", "generate", "-h")]
    public void Help_names_the_command_as_it_is_typed(string usage, params string[] args)
    {
        (int code, string output, string error) = Calm(args);
        Assert.Equal(0, code);
        Assert.Equal("", error);
        Assert.Contains($"\n  {usage}\n", output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_that_fails_names_its_help_and_the_version_is_printed()
    {
        Assert.Contains("See calm train calm --help.", Calm("train", "calm", "--colour").Error, StringComparison.Ordinal);
        Assert.Contains("See calm --help.", Calm("devicez").Error, StringComparison.Ordinal);
        (int code, string output, _) = Calm("--version");
        Assert.Equal(0, code);
        Assert.Matches(@"^\d+\.\d+\.\d+", output);
    }

    [Theory]
    [InlineData("demo")]
    [InlineData("flops", "calm flops runs/calm")]
    [InlineData("frontier")]
    [InlineData("tokenizer", "calm tokenizer train")]
    [InlineData("train", "calm train autoencoder")]
    [InlineData("train autoencoder")]
    [InlineData("train calm")]
    [InlineData("train ar")]
    [InlineData("evaluate")]
    [InlineData("generate")]
    [InlineData("score")]
    [InlineData("example", "calm example series")]
    [InlineData("study", "calm study temperature")]
    [InlineData("study temperature")]
    [InlineData("brier")]
    [InlineData("inspect")]
    [InlineData("passport")]
    [InlineData("passport compare")]
    public void Help_calls_the_program_by_its_name_and_has_an_example(string command, string? example = null)
    {
        (int code, string output, _) = Calm([.. command.Split(' '), "--help"]);
        Assert.Equal(0, code);
        Assert.Contains($"  calm {command} ", output, StringComparison.Ordinal);
        Assert.Contains($"Example: {example ?? $"calm {command} "}", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Calm.Cli", output, StringComparison.Ordinal);
    }

    /// <summary>The autoencoder's run has decided what its language model reads.</summary>
    [Fact]
    public void Help_of_a_stage_has_the_options_of_the_stage()
    {
        string help = Calm("train", "calm", "--help").Output;
        Assert.Contains("--held-out", help, StringComparison.Ordinal);
        Assert.Contains("default: that of --autoencoder's run", help, StringComparison.Ordinal);
        Assert.DoesNotContain("--levels", help, StringComparison.Ordinal);
        Assert.DoesNotContain("--tokenizer", help, StringComparison.Ordinal);
    }

    [Fact]
    public void The_host_has_no_library_of_products_and_nothing_to_tune()
    {
        (int code, _, string error) = Calm("bench", "--device", "host", "--gemm", "cublas");
        Assert.Equal(1, code);
        Assert.Contains("no CUDA device", Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        (code, string output, _) = Calm("bench", "--device", "host", "--tune", "--json");
        Assert.Equal(0, code);
        Assert.Empty(JsonDocument.Parse(output).RootElement.GetProperty("tried").EnumerateArray());
    }

    [Fact]
    public void Devices_without_choices_say_so_and_take_no_table()
    {
        foreach (string device in new[] { "host", "emulated" })
        {
            (int code, string output, _) = Calm("bench", "--device", device, "--tune");
            Assert.Equal(0, code);
            Assert.Contains("nothing to tune", Assert.Single(output.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
            (code, _, string error) = Calm("bench", "--device", device, "--tune", "table.json");
            Assert.Equal(1, code);
            Assert.Contains("table.json", Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        }

        (int usage, _, string line) = Calm("bench", "--device", "host", "--tune-log", "log.json");
        Assert.Equal(2, usage);
        Assert.Contains("--tune-log", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Kernels_tells_what_they_take_or_that_there_are_none()
    {
        (int code, string output, string error) = Calm("kernels", "--op", "RmsNorm", "--family", "tiled", "--json");
        if (code == 0)
        {
            JsonElement[] kernels = [.. JsonDocument.Parse(output).RootElement.GetProperty("kernels").EnumerateArray()];
            Assert.All(kernels, kernel => Assert.Equal("RmsNorm", kernel.GetProperty("op").GetString()));
            Assert.Contains(kernels, kernel => kernel.GetProperty("name").GetString() == ForwardKernel);
            Assert.All(kernels, kernel => Assert.Equal(0, kernel.GetProperty("stackBytes").GetInt32()));
        }
        else
        {
            Assert.Equal("", output);
            Assert.Contains("ILGPU", Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Kernels_prints_what_they_compile_to()
    {
        (int code, string output, _) = Calm("kernels", "--op", "RmsNorm", "--family", "tiled", "--ptx", "--opencl");
        if (code == 0)
        {
            Assert.Contains($"// {ForwardKernel} of RmsNorm, tiled", output, StringComparison.Ordinal);
            Assert.Contains(".visible .entry Kernel_RmsNorm_ForwardKernel", output, StringComparison.Ordinal);
            Assert.Contains("kernel void Kernel_RmsNorm_ForwardKernel", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Verify_prints_a_page_for_a_report_and_the_same_as_json()
    {
        (int code, string page, _) = Calm("verify", "--device", "host", "--op", "RmsNorm");
        Assert.Equal(0, code);
        foreach (string line in new[] { "calm      ", "device    host", "cases     ", "bits      ", "bounds    ", "fixtures  " })
        {
            Assert.Contains(line, page, StringComparison.Ordinal);
        }

        JsonElement result = JsonDocument.Parse(Calm("verify", "--device", "host", "--op", "RmsNorm", "--json").Output).RootElement;
        int cases = result.GetProperty("cases").GetInt32();
        Assert.True(cases > 0);
        Assert.Equal(cases, result.GetProperty("repeats").GetProperty("cases").GetInt32());
        Assert.Equal(cases, result.GetProperty("bounds").GetProperty("cases").GetInt32());
        Assert.Equal(0, result.GetProperty("failed").GetInt32());
        Assert.Equal(0, result.GetProperty("fixturesFailed").GetInt32());
        Assert.Empty(result.GetProperty("unsupported").EnumerateArray());
        JsonElement worst = result.GetProperty("worst")[0];
        Assert.True(worst.GetProperty("error").GetDouble() <= worst.GetProperty("tolerance").GetDouble());
        Assert.StartsWith("RmsNorm", worst.GetProperty("name").GetString(), StringComparison.Ordinal);
        Assert.Equal(ProgramVersion.Text, result.GetProperty("versions").GetProperty("calm").GetString());
    }

    internal static (int Code, string Output, string Error) Calm(params string[] args)
    {
        StringWriter output = new();
        StringWriter error = new();
        int code = CommandLine.Run(args, new Terminal(output, error));
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>A comma is no decimal point and separates no thousands, whatever the language of the machine.</summary>
    [Theory]
    [InlineData("--temperature", "0,5")]
    [InlineData("--temperature", "1e400")]
    [InlineData("--max-tokens", "1,000")]
    [InlineData("--max-tokens", "99999999999")]
    [InlineData("--seed", "-1")]
    public void A_number_is_read_in_one_way(string option, string value)
    {
        (int code, _, string error) = Calm("generate", "nowhere", option, value);
        Assert.Equal(2, code);
        Assert.StartsWith($"calm: {option} {value}: must be a", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("help")]
    [InlineData("help", "train")]
    public void Help_is_given_to_whoever_asks(params string[] args)
    {
        (int code, string output, _) = Calm(args);
        Assert.Equal(0, code);
        Assert.Contains("Usage:", output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_value_is_refused_and_a_text_may_begin_with_an_at_sign()
    {
        Assert.Contains("--run '': is empty", Calm("train", "autoencoder", "--run", "").Error, StringComparison.Ordinal);
        Assert.Equal(0, Calm("tokenizer", "encode", "--text", "@param x").Code);
    }

    [Fact]
    public void A_name_cannot_command_the_terminal() =>
        Assert.DoesNotContain('\u001b', Calm("evaluate", "\u001b[31mred").Error);
}
