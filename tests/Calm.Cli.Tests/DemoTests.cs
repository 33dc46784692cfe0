using System.Text.Json;

namespace Calm.Cli.Tests;

/// <summary>The demo from its command line, with models that train in seconds.</summary>
public sealed class DemoTests
{
    [Theory]
    [InlineData("bytes")]
    [InlineData("bpe")]
    public void Demo_leaves_a_run_a_report_and_every_key(string tokenizer)
    {
        using TinyRun run = new();
        string output = TinyRun.Succeeds([
            "demo", "--minutes", "0.1", "--text", run.TextFile, "--out", run["demo"], "--tokenizer", tokenizer,
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
        Assert.Equal(result.TryGetProperty("untrained", out _) ? 0 : 4, result.GetProperty("samples").GetArrayLength());
        Assert.True(File.Exists(result.GetProperty("report").GetString()));

        string again = TinyRun.Succeeds(
            "generate", result.GetProperty("run").GetString()!, "--prompt", "the", "--candidates", "8", "--max-tokens", "8",
            "--device", "host");
        Assert.StartsWith("the", again, StringComparison.Ordinal);
        Assert.Contains("not empty", TinyRun.Fails(1, "demo", "--text", run.TextFile, "--out", run["demo"]), StringComparison.Ordinal);
    }
}
