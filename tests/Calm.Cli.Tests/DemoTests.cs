using System.Text.Json;
using System.Text.RegularExpressions;

namespace Calm.Cli.Tests;

/// <summary>The demo from its command line, with models that train in seconds.</summary>
public sealed class DemoTests
{
    /// <summary>Runs a demo; on a machine on which the time does not suffice, with the time that its refusal advises.</summary>
    private static string Demo(string minutes, string[] options)
    {
        for (int tries = 0; tries < 5; tries++)
        {
            (int code, string output, string error) = CommandLineTests.Calm(["demo", "--minutes", minutes, .. options]);
            if (code == 0)
            {
                return output;
            }

            Match advice = Regex.Match(error, @"give --minutes ([\d.]+) or more\.");
            Assert.True(code == 2 && advice.Success, $"exit code {code}: {error}");
            minutes = advice.Groups[1].Value;
        }

        throw new InvalidOperationException("the advice never applied");
    }

    [Theory]
    [InlineData("bytes")]
    [InlineData("bpe")]
    public void Demo_leaves_a_run_a_report_and_every_key(string tokenizer)
    {
        using TinyRun run = new();
        string output = Demo("0.1", [
            "--text", run.TextFile, "--out", run["demo"], "--tokenizer", tokenizer,
            .. (string[])(tokenizer == "bpe" ? ["--vocabulary", "300"] : []), "--json", .. TinyRun.Settings]);
        JsonElement result = JsonDocument.Parse(output).RootElement;
        Assert.Equal(
            ["device", "seconds", "tokenizer", "autoencoder", "calm", "baselines", "samples", "run", "report"],
            result.EnumerateObject().Select(property => property.Name).Except(["untrained"]));
        Assert.InRange(result.GetProperty("tokenizer").GetProperty("vocabulary").GetInt32(), 259, 300);
        Assert.InRange(result.GetProperty("autoencoder").GetProperty("accuracy").GetDouble(), 0, 1);
        JsonElement calm = result.GetProperty("calm");
        Assert.Equal(4, calm.GetProperty("brier").GetArrayLength());
        Assert.Equal(2, calm.GetProperty("interval").GetArrayLength());
        Assert.True(calm.GetProperty("steps").GetInt32() > 0);
        JsonElement baselines = result.GetProperty("baselines");
        Assert.Equal(
            ["unigram", "unigramInterval", "bigram", "bigramInterval"],
            baselines.EnumerateObject().Select(property => property.Name));

        // A machine that is too slow, or busy, says so in place of samples.
        int samples = result.GetProperty("samples").GetArrayLength();
        Assert.InRange(samples, 0, 4);
        Assert.Equal(result.TryGetProperty("untrained", out _), samples == 0);
        Assert.True(File.Exists(result.GetProperty("report").GetString()));

        string again = TinyRun.Succeeds(
            "generate", result.GetProperty("run").GetString()!, "--prompt", "the", "--candidates", "8", "--max-tokens", "8",
            "--device", "host");
        Assert.StartsWith("the", again, StringComparison.Ordinal);
        Assert.Contains("not empty", TinyRun.Fails(1, "demo", "--text", run.TextFile, "--out", run["demo"]), StringComparison.Ordinal);
    }
}
