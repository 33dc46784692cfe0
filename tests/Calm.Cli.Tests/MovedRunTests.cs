using System.Text.Json;
using System.Text.Json.Nodes;

namespace Calm.Cli.Tests;

/// <summary>A run finds its text and its autoencoder from any folder, and when it was moved.</summary>
public sealed class MovedRunTests : IDisposable
{
    private readonly TinyRun _run = new();

    /// <summary>Two steps of an autoencoder and a language model, with paths relative to this process' folder.</summary>
    public MovedRunTests()
    {
        TinyRun.Succeeds([
            "train", "autoencoder", "--data", _run.TextFile, "--run", Relative("runs/ae"), "--steps", "2",
            .. TinyRun.Settings]);
        TinyRun.Succeeds(TrainCalm("--steps", "2"));
    }

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Runs_that_are_moved_together_are_read_and_go_on()
    {
        string before = Evaluate("runs/calm");
        Directory.CreateDirectory(_run["elsewhere/far"]);
        Directory.Move(_run["runs"], _run["elsewhere/far/runs"]);
        Assert.Equal(before, Evaluate("elsewhere/far/runs/calm"));
        TinyRun.Succeeds("inspect", _run["elsewhere/far/runs/ae"], "--device", "host");
        TinyRun.Succeeds(Resume("elsewhere/far/runs/calm"));
    }

    [Fact]
    public void A_run_that_an_older_build_wrote_is_found_from_any_folder()
    {
        string before = Evaluate("runs/calm");
        string file = _run["runs/calm/run.json"];
        JsonObject old = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        Assert.Equal("../ae/data", (string?)old["corpus"]);
        Assert.True(old.Remove("paths_from_run") && old.Remove("typed"));
        old["corpus"] = "runs/ae/data";
        File.WriteAllText(file, old.ToJsonString());
        Assert.Equal(before, Evaluate("runs/calm"));
    }

    [Fact]
    public void A_text_that_is_gone_is_named_and_data_tells_where_it_is()
    {
        string before = Evaluate("runs/calm");
        string text = _run["runs/ae/data"];
        string moved = _run["moved"];
        Directory.Move(text, moved);
        string[] evaluate = ["evaluate", _run["runs/calm"], "--json", "--device", "host"];
        string line = TinyRun.Fails(1, evaluate);
        Assert.Contains(text, line, StringComparison.Ordinal);
        Assert.Contains("--data", line, StringComparison.Ordinal);
        Assert.Equal(before, Evaluate("runs/calm", "--data", moved));
        TinyRun.Succeeds("generate", _run["runs/calm"], "--max-tokens", "4", "--data", moved, "--device", "host");
        TinyRun.Succeeds("inspect", _run["runs/ae"], "--data", moved, "--device", "host");
        TinyRun.Succeeds([.. Resume("runs/calm"), "--data", moved]);
        Assert.Equal(moved, RunFolder.Open(_run["runs/calm"]).ReadDescription().Corpus);
        Assert.Contains("has no .txt", TinyRun.Fails(1, [.. evaluate, "--data", Directory.CreateDirectory(_run["empty"]).FullName]), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_runs_text_is_refused()
    {
        TinyRun.Succeeds([
            "train", "autoencoder", "--data", _run.TextFile, "--run", _run["bpe"], "--tokenizer", "bpe",
            "--vocabulary", "300", "--steps", "2", .. TinyRun.Settings]);
        Assert.Contains(
            "300 ids",
            TinyRun.Fails(1, "evaluate", _run["runs/calm"], "--data", _run["bpe/data"], "--device", "host"),
            StringComparison.Ordinal);
    }

    /// <summary>Its own checkpoint holds the autoencoder, whose run may have gone on or gone.</summary>
    [Fact]
    public void A_run_goes_on_without_the_autoencoders_weights()
    {
        Directory.Delete(_run["runs/ae/checkpoints"], recursive: true);
        TinyRun.Succeeds(Resume("runs/calm"));
    }

    [Fact]
    public void A_run_that_was_never_saved_needs_the_autoencoder_that_it_was_made_with()
    {
        Directory.Delete(_run["runs/calm/checkpoints"], recursive: true);
        string weights = Assert.Single(
            Directory.GetFiles(_run["runs/ae/checkpoints"], "model.safetensors", SearchOption.AllDirectories));
        byte[] bytes = File.ReadAllBytes(weights);
        bytes[^1] ^= 1;
        File.WriteAllBytes(weights, bytes);
        Assert.Contains("are gone or changed", TinyRun.Fails(1, Resume("runs/calm")), StringComparison.Ordinal);
        File.Delete(weights);
        Assert.Contains("are gone or changed", TinyRun.Fails(1, Resume("runs/calm")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_goes_on_with_no_other_text_and_is_measured_on_one()
    {
        File.WriteAllText(_run["other.txt"], File.ReadAllText(_run.TextFile).ToUpperInvariant());
        TinyRun.Succeeds([
            "train", "autoencoder", "--data", _run["other.txt"], "--run", _run["other"], "--steps", "2", .. TinyRun.Settings]);
        string line = TinyRun.Fails(1, [.. Resume("runs/calm"), "--data", _run["other/data"]]);
        Assert.Contains("is not the text that", line, StringComparison.Ordinal);
        Assert.NotEqual(Evaluate("runs/calm"), Evaluate("runs/calm", "--data", _run["other/data"]));
        TinyRun.Succeeds(Resume("runs/calm"));
    }

    private string Relative(string name) => Path.GetRelativePath(Environment.CurrentDirectory, _run[name]);

    private string[] TrainCalm(params string[] more) =>
    [
        "train", "calm", "--autoencoder", Relative("runs/ae"), "--run", Relative("runs/calm"), .. TinyRun.Settings, .. more,
    ];

    private string[] Resume(string name) =>
        ["train", "calm", "--run", _run[name], "--resume", "--steps", "4", "--device", "host"];

    private string Evaluate(string name, params string[] more)
    {
        string json = TinyRun.Succeeds(["evaluate", _run[name], "--json", "--device", "host", .. more]);
        Assert.True(JsonDocument.Parse(json).RootElement.GetProperty("windows").GetInt64() > 0);
        return json;
    }
}
