using System.Text.RegularExpressions;

namespace Calm.Cli.Tests;

/// <summary>User errors: each gives one line that says what, where and what to do, and nothing is lost.</summary>
public sealed class FaultTests : IDisposable
{
    private readonly TinyRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void No_such_text_file()
    {
        string line = TinyRun.Fails(1, Train("missing.txt"));
        Assert.Contains("missing.txt", line, StringComparison.Ordinal);
        Assert.False(File.Exists(_run["ae/run.json"]));
    }

    [Theory]
    [InlineData("train", "autoencoder", "--data", "text.txt", "--run", "ae", "--save-gradients")]
    [InlineData("train", "autoencoder", "--data", "text.txt", "--run", "ae", "--profile")]
    [InlineData("tokenizer", "train", "--data", "text.txt", "--out")]
    [InlineData("frontier", "missing-run", "--out")]
    [InlineData("bench", "--op", "Silu", "--roofline")]
    [InlineData("study", "samples", "--page")]
    public void A_place_that_cannot_be_written_is_refused_before_the_work(params string[] command)
    {
        string folder = _run["folder"];
        Directory.CreateDirectory(folder);
        string[] args = [.. command.Select(arg => arg is "text.txt" or "ae" or "missing-run" ? _run[arg] : arg), folder];
        Assert.Contains($"{folder}: cannot be written: it is a folder", TinyRun.Fails(1, args), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_run["ae"]));
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    [Fact]
    public void Empty_text()
    {
        File.WriteAllText(_run["empty.txt"], "");
        Assert.Contains("text", TinyRun.Fails(1, Train("empty.txt")), StringComparison.Ordinal);
    }

    [Fact]
    public void Text_shorter_than_one_batch_or_sequence()
    {
        File.WriteAllText(_run["short.txt"], string.Concat(Enumerable.Repeat("A line of text.\n", 14)));
        Assert.Contains("less than one batch, 64 patches", TinyRun.Fails(1, Train("short.txt")), StringComparison.Ordinal);
        TinyRun.Succeeds(["train", "autoencoder", "--data", _run["short.txt"], "--run", _run["ae"], "--steps", "1",
            .. TinyRun.Settings, "--batch", "2"]);
        string line = TinyRun.Fails(1, _run.TrainCalm("calm", "--set", "calm_training.context_patches=90"));
        Assert.Contains("less than one sequence, 90 patches", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_too_short_for_a_demo_is_refused_before_anything_is_trained()
    {
        File.WriteAllText(_run["short.txt"], "A line of text.\nAnother line of text.\n");
        string line = TinyRun.Fails(1, ["demo", "--text", _run["short.txt"], "--out", _run["demo"], .. TinyRun.Settings]);
        Assert.Contains("less than one sequence", line, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_run["demo/autoencoder"]));
    }

    [Fact]
    public void Broken_line_of_jsonl_is_named_by_its_number()
    {
        File.WriteAllText(_run["broken.jsonl"], "{\"text\": \"fine\"}\n{\"text\": \"broken\n");
        string line = TinyRun.Fails(1, Train("broken.jsonl"));
        Assert.Contains("broken.jsonl", line, StringComparison.Ordinal);
        Assert.Contains("line 2", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_configuration_key_offers_the_nearest()
    {
        string line = TinyRun.Fails(2, Train("text.txt", "--set", "autoencoder.hiden_size=3"));
        Assert.Contains("did you mean autoencoder.hidden_size?", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_preset_offers_the_nearest() =>
        Assert.Contains("did you mean tiny?", TinyRun.Fails(2, Train("text.txt", "--preset", "tinny")), StringComparison.Ordinal);

    [Fact]
    public void A_run_folder_with_something_in_it_is_left_alone()
    {
        Directory.CreateDirectory(_run["ae"]);
        File.WriteAllText(_run["ae/mine.txt"], "mine");
        Assert.Contains("--resume", TinyRun.Fails(1, Train("text.txt")), StringComparison.Ordinal);
        Assert.Equal([_run["ae/mine.txt"]], Directory.GetFileSystemEntries(_run["ae"]));
    }

    [Fact]
    public void A_device_that_is_not_there_fails_hard()
    {
        string line = TinyRun.Fails(1, "verify", "--device", "cuda:7");
        Assert.Matches(@"--device cuda:7: \w.{20,}\. Usable here: host.*; calm devices tells more\.\s*$", line); // a reason first
    }

    [Fact]
    public void An_unknown_device_is_named_with_those_that_there_are()
    {
        string line = TinyRun.Fails(1, "verify", "--device", "tpu");
        Assert.Contains("--device tpu: no such device. Usable here: host", line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_too_large_for_the_memory_is_refused_with_the_numbers()
    {
        string line = TinyRun.Fails(1, Train("text.txt", "--memory", "1", "--set", "autoencoder.hidden_size=256"));
        Assert.Contains("host: out of memory", line, StringComparison.Ordinal);
        Assert.Contains("persistent arena", line, StringComparison.Ordinal);
        Assert.Contains("a smaller model", line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_too_large_for_the_memory_names_who_takes_most_and_a_setting_that_fits()
    {
        string[] large = Train("text.txt", "--batch", "2048", "--set", "autoencoder_training.evaluation_patches=64");
        string line = TinyRun.Fails(1, [.. large, "--memory", "16"]);
        Assert.Contains("of the step arena's memory", line, StringComparison.Ordinal);
        Assert.Matches("the largest holders are [A-Za-z ]+ [0-9.]+ MB, [A-Za-z ]+ [0-9.]+ MB, ", line);
        Match setting = Regex.Match(line, @"--accumulate (\d+) ");
        Assert.True(setting.Success, line);
        TinyRun.Succeeds([.. large, "--memory", "16", "--resume", "--accumulate", setting.Groups[1].Value]);
    }

    [Fact]
    public void A_run_that_memory_cuts_off_keeps_its_steps()
    {
        TinyRun.Succeeds(Train("text.txt"));
        string[] more = [.. Train("text.txt").Select(arg => arg == "2" ? "4" : arg), "--resume"];
        TinyRun.Fails(1, [.. more, "--batch", "2048", "--memory", "16"]);
        TinyRun.Succeeds([.. more, "--memory", "16"]);
        Assert.Equal(4, TrainingLog.Read(_run["ae/log.jsonl"]).Max(entry => (int)entry["step"]!));
    }

    [Fact]
    public void An_unknown_op_offers_the_nearest() =>
        Assert.Contains(
            "did you mean RmsNorm?", TinyRun.Fails(2, "verify", "--device", "host", "--op", "RmsNrm"), StringComparison.Ordinal);

    [Fact]
    public void A_temperature_above_one_is_a_usage_error() =>
        Assert.Contains(
            "at most 1", TinyRun.Fails(2, "generate", _run["none"], "--temperature", "1.5"), StringComparison.Ordinal);

    [Fact]
    public void A_temperature_that_is_no_reciprocal_is_not_for_the_batch_sampler() =>
        Assert.Contains(
            "1/n", TinyRun.Fails(2, "generate", _run["none"], "--temperature", "0.7", "--sampler", "batch"),
            StringComparison.Ordinal);

    [Fact]
    public void A_folder_that_is_no_run_is_named() =>
        Assert.Contains("is no run", TinyRun.Fails(1, "generate", _run["none"]), StringComparison.Ordinal);

    [Fact]
    public void A_language_model_needs_its_autoencoder() =>
        Assert.Contains("is no run", TinyRun.Fails(1, _run.TrainCalm("calm", "--steps", "2")), StringComparison.Ordinal);

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(200)]
    [InlineData(-1)]
    public void A_truncated_checkpoint_is_refused(int bytes)
    {
        Trained(out string weights);
        byte[] whole = File.ReadAllBytes(weights);
        File.WriteAllBytes(weights, whole[..(bytes < 0 ? whole.Length - 1 : bytes)]);
        Assert.Contains("no checkpoint is complete", AssertRefused(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_absurd_safetensors_header_is_refused()
    {
        Trained(out string weights);
        byte[] whole = File.ReadAllBytes(weights);
        BitConverter.GetBytes(long.MaxValue).CopyTo(whole, 0);
        File.WriteAllBytes(weights, whole);
        AssertRefused();
    }

    [Fact]
    public void A_checkpoint_of_another_shape_is_refused()
    {
        Trained(out string weights);
        string config = Path.Combine(Path.GetDirectoryName(weights)!, "config.json");
        string text = File.ReadAllText(config);
        Assert.Contains("\"latent_size\": 16", text, StringComparison.Ordinal);
        string changed = text.Replace("\"latent_size\": 16", "\"latent_size\": 17", StringComparison.Ordinal);
        File.WriteAllText(config, changed);
        FixManifest(config);
        string line = AssertRefused();
        Assert.Contains("shape", line, StringComparison.Ordinal);
    }

    private string AssertRefused() => TinyRun.Fails(1, "evaluate", _run["ae"], "--device", "host");

    /// <summary>Trains an autoencoder and names the weights of its only checkpoint.</summary>
    private void Trained(out string weights)
    {
        TinyRun.Succeeds(Train("text.txt"));
        weights = Directory.GetFiles(_run["ae/checkpoints"], "model.safetensors", SearchOption.AllDirectories).Single();
    }

    /// <summary>Lets a changed file count as whole again, so that what reads it must find the fault itself.</summary>
    private static void FixManifest(string changed)
    {
        string folder = Path.GetDirectoryName(changed)!;
        string manifest = Path.Combine(folder, "manifest.json");
        string text = File.ReadAllText(manifest);
        string hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(changed)));
        int at = text.IndexOf("\"config.json\"", StringComparison.Ordinal);
        int start = text.IndexOf("sha256", at, StringComparison.OrdinalIgnoreCase);
        start = text.IndexOf(':', start) + 1;
        start = text.IndexOf('"', start) + 1;
        File.WriteAllText(manifest, text[..start] + hash + text[(start + hash.Length)..]);
    }

    private string[] Train(string text, params string[] more) =>
        ["train", "autoencoder", "--data", _run[text], "--run", _run["ae"], "--steps", "2", .. TinyRun.Settings, .. more];
}
