using System.Text.Json;
using System.Text.Json.Nodes;

namespace Calm.Cli.Tests;

/// <summary>The costs that runs log, through the command line.</summary>
public sealed class TrainingCostTests : IDisposable
{
    private readonly TinyRun _run = new();

    [Fact]
    public void Every_line_of_a_log_carries_the_cost_and_the_result_too()
    {
        _run.TrainAutoencoder(steps: 20);
        JsonElement result = Parse(TinyRun.Succeeds(_run.TrainCalm("calm", "--steps", "20", "--json")));
        TrainDiscrete("ar", "--steps", "20");
        foreach (string run in new[] { "ae", "calm", "ar" })
        {
            IReadOnlyList<JsonObject> lines = Log(run);
            Assert.Equal([1, 10, 20], lines.Select(line => (int)line["step"]!));
            double[] flops = [.. lines.Select(line => (double)line["flops"]!)];
            Assert.True(flops[0] > 0 && flops[0] < flops[1] && flops[1] < flops[2]);
            Assert.All(lines, line =>
            {
                Assert.InRange((double)line["flopsPerSecond"]!, 1, 1e15);
                Assert.InRange((double)line["percentOfPeak"]!, 1e-9, 110);
                Assert.True((long)line["tokens"]! > 0);
            });
        }

        Assert.Equal((double)Log("calm")[^1]["flops"]!, result.GetProperty("flops").GetDouble());
        Assert.Equal((long)Log("calm")[^1]["tokens"]!, result.GetProperty("tokens").GetInt64());
        Assert.True(result.GetProperty("percentOfPeak").GetDouble() > 0);
    }

    [Fact]
    public void A_resumed_run_goes_on_with_its_totals()
    {
        string[] settings =
        [
            "train", "autoencoder", "--data", _run.TextFile, "--save-every", "10", .. TinyRun.Settings, "--steps", "20",
        ];
        TinyRun.Succeeds([.. settings, "--run", _run["straight"]]);
        TinyRun.Succeeds([.. settings, "--run", _run["again"]]);
        Directory.Delete(_run["again/checkpoints/step-000000020"], recursive: true);
        TinyRun.Succeeds([.. settings, "--run", _run["again"], "--resume"]);
        Assert.Equal(Totals("straight"), Totals("again"));

        double[] Totals(string run) => [.. Log(run).Select(line => (double)line["flops"]!)];
    }

    [Fact]
    public void Flops_of_a_run_are_those_of_the_formula()
    {
        _run.TrainAutoencoder(steps: 7);
        TinyRun.Succeeds(_run.TrainCalm("calm", "--steps", "5", "--recompute"));
        JsonElement autoencoder = Parse(TinyRun.Succeeds("flops", _run["ae"], "--json"));
        Assert.Equal(1, autoencoder.GetProperty("countedToFormula").GetDouble());
        Assert.Equal(autoencoder.GetProperty("publishedFormula").GetDouble(), Flops(autoencoder, "counted"));
        JsonElement calm = Parse(TinyRun.Succeeds("flops", _run["calm"], "--json"));
        Assert.Equal(Flops(calm, "formula", "attention"), Flops(calm, "counted", "attention"));
        double encoded = calm.GetProperty("encodedShare").GetDouble() * 5 * 4 * 15;
        Assert.InRange(encoded, 1, 5 * 4 * 15);
        Assert.Equal(Math.Round(encoded), encoded, 1e-6);
        Assert.Contains("as run here", TinyRun.Succeeds("flops", _run["calm"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("diffusion", "both")]
    [InlineData("flow", "latents")]
    public void Flops_of_any_head_and_input_are_those_of_the_formula(string head, string input)
    {
        _run.TrainAutoencoder(steps: 2);
        TinyRun.Succeeds(_run.TrainCalm("calm", "--steps", "2", "--head", head, "--set", $"calm.input={input}"));
        JsonElement calm = Parse(TinyRun.Succeeds("flops", _run["calm"], "--json"));
        Assert.Equal(Flops(calm, "formula", "attention"), Flops(calm, "counted", "attention"));
        Assert.Equal(0, Flops(calm, "counted", "other"));
        double encoded = calm.GetProperty("encodedShare").GetDouble() * 2 * 2 * 4 * 15;
        Assert.InRange(encoded, 1, 2 * 2 * 4 * 15);
        Assert.Equal(Math.Round(encoded), encoded, 1e-6);
        Assert.Contains("read and predicted", TinyRun.Succeeds("flops", _run["calm"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Flops_of_a_discrete_run_are_those_of_the_formula()
    {
        TrainDiscrete("ar", "--steps", "3");
        JsonElement ar = Parse(TinyRun.Succeeds("flops", _run["ar"], "--json"));
        Assert.Equal(1, ar.GetProperty("countedToFormula").GetDouble());
        Assert.Equal(JsonValueKind.Null, ar.GetProperty("encodedShare").ValueKind);
        Assert.InRange(ar.GetProperty("countedToPublished").GetDouble(), 0.8, 1);
        Assert.DoesNotContain("encoded", TinyRun.Succeeds("flops", _run["ar"]), StringComparison.Ordinal);
    }

    [Fact]
    public void The_frontier_is_drawn_of_runs()
    {
        _run.TrainAutoencoder(steps: 20);
        TinyRun.Succeeds(_run.TrainCalm("short", "--steps", "4"));
        TinyRun.Succeeds(_run.TrainCalm("long", "--steps", "8", "--set", "calm_training.evaluate_every=4"));
        TrainDiscrete("discrete", "--steps", "9", "--set", "ar_training.evaluate_every=3");
        string picture = _run["frontier.svg"];
        JsonElement result = Parse(TinyRun.Succeeds(
            "frontier", _run["short"], _run["long"], _run["discrete"], "--out", picture, "--json"));
        JsonElement[] runs = [.. result.GetProperty("runs").EnumerateArray()];
        JsonElement discrete = runs[2].GetProperty("points")[2];
        JsonObject logged = Log("discrete")[^1];
        Assert.Equal((double)logged["flops"]!, discrete.GetProperty("flops").GetDouble());
        Assert.Equal((long)logged["tokens"]!, discrete.GetProperty("tokens").GetInt64());
        Assert.Equal((double)logged["brierLm"]!, discrete.GetProperty("brierLm").GetDouble());
        Assert.Equal([1, 2, 3], runs.Select(run => run.GetProperty("points").GetArrayLength()));
        Assert.Contains(
            runs.SelectMany(run => run.GetProperty("points").EnumerateArray()),
            point => point.GetProperty("onFrontier").GetBoolean());
        Assert.Equal(6, System.Xml.Linq.XDocument.Load(picture).Descendants().Count(e => e.Name.LocalName == "circle"));
        Assert.Contains("frontier", TinyRun.Succeeds("frontier", _run["long"], "--last"), StringComparison.Ordinal);
        Assert.Contains("BrierLM", TinyRun.Fails(1, "frontier", _run["ae"]), StringComparison.Ordinal);
        TinyRun.Fails(1, "frontier", _run["none"]);
        File.WriteAllText(_run["short/log.jsonl"], "{\"step\":4,\"loss\":1}\n");
        Assert.Contains("FLOPs", TinyRun.Fails(1, "frontier", _run["short"]), StringComparison.Ordinal);
    }

    private void TrainDiscrete(string run, params string[] more) => TinyRun.Succeeds([
        "train", "ar", "--data", _run.TextFile, "--run", _run[run], "--device", "host", "--set", "ar.hidden_size=32",
        "--set", "ar.intermediate_size=48", "--set", "ar_training.context_tokens=32", "--set",
        "ar_training.evaluation_patches=64", .. more]);

    private IReadOnlyList<JsonObject> Log(string run) => TrainingLog.Read(Path.Combine(_run[run], TrainingLog.FileName));

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement;

    private static double Flops(JsonElement result, string side, string term = "flops") =>
        result.GetProperty(side).GetProperty(term).GetDouble();

    public void Dispose() => _run.Dispose();
}
