using System.Text.Json;

namespace Calm.Training.Tests;

/// <summary>The command line as a user types it, in this process.</summary>
public sealed class CommandLineTests
{
    [Fact]
    public void Devices_lists_the_host_as_json()
    {
        (int code, string output, _) = Calm("devices", "--json");
        Assert.Equal(0, code);
        JsonElement host = JsonDocument.Parse(output).RootElement.GetProperty("devices")[0];
        Assert.Equal("host", host.GetProperty("name").GetString());
        Assert.True(host.GetProperty("usable").GetBoolean());
        Assert.Single(output.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("devicez")]
    [InlineData("devices", "--colour")]
    [InlineData]
    public void Usage_errors_take_one_line_and_exit_with_2(params string[] args)
    {
        (int code, string output, string error) = Calm(args);
        Assert.Equal(2, code);
        Assert.Equal("", output);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    internal static (int Code, string Output, string Error) Calm(params string[] args)
    {
        StringWriter output = new();
        StringWriter error = new();
        int code = CommandLine.Run(args, new Terminal(output, error));
        return (code, output.ToString(), error.ToString());
    }
}
