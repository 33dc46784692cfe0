using System.Text.Json.Nodes;

namespace Calm.Cli.Tests;

/// <summary>A training may begin with the weights of a run or of a checkpoint of others.</summary>
public sealed class FineTuningTests : IDisposable
{
    private static readonly string[] Small =
    [
        "--steps", "30", "--batch", "8", "--set", "calm_training.context_patches=16", "--set", "calm_training.learning_rate=0.003",
        "--set", "calm_training.warmup_steps=0", "--device", "host",
    ];

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_checkpoint_learns_new_text_and_begins_alike_as_a_run_of_it()
    {
        string checkpoint = Path.Combine(Golden.Checkpoints, "calm_energy");
        string text = Numbers("new.txt", 4000, offset: 0);
        string heldOut = Numbers("held-out.txt", 600, offset: 5);
        TinyRun.Succeeds("import", checkpoint, "--run", _folder["imported"]);
        Train("a", checkpoint);
        Train("b", _folder["imported"]);
        Assert.Equal(File.ReadAllBytes(_folder["a/model.safetensors"]), File.ReadAllBytes(_folder["b/model.safetensors"]));
        Assert.True(Loss("a") < 0.9 * Loss("imported"), $"{Loss("a")} of {Loss("imported")}");
        Assert.Equal(Path.GetFullPath(checkpoint), RunFolder.Open(_folder["a"]).ReadDescription().BeganFrom);

        void Train(string run, string from) => TinyRun.Succeeds(
            ["train", "calm", "--from", from, "--data", text, "--validation", heldOut, "--run", _folder[run], .. Small]);

        double Loss(string run) => (double)JsonNode.Parse(TinyRun.Succeeds(
            "evaluate", _folder[run], "--data", heldOut, "--context", "64", "--json", "--device", "host"))!["loss"]!;
    }

    [Fact]
    public void A_training_that_goes_on_has_the_bits_of_one_that_never_ended()
    {
        string checkpoint = Path.Combine(Golden.Checkpoints, "ar_llama");
        string text = Numbers("new.txt", 4000, offset: 0);
        Train("whole", 20);
        Train("parts", 10);
        TinyRun.Succeeds("train", "ar", "--run", _folder["parts"], "--resume", "--steps", "20", "--device", "host");
        Assert.Equal(File.ReadAllBytes(_folder["whole/model.safetensors"]), File.ReadAllBytes(_folder["parts/model.safetensors"]));

        void Train(string run, int steps) => TinyRun.Succeeds(
            "train", "ar", "--from", checkpoint, "--data", text, "--run", _folder[run], "--steps", $"{steps}", "--batch", "4",
            "--set", "ar_training.schedule=constant", "--set", "ar_training.warmup_steps=0", "--device", "host");
    }

    [Fact]
    public void What_does_not_fit_is_refused_in_a_line()
    {
        string calm = Path.Combine(Golden.Checkpoints, "calm_energy");
        string ar = Path.Combine(Golden.Checkpoints, "ar_llama");
        string text = Numbers("new.txt", 400, offset: 0);
        Assert.Contains("is a model of calm, and ar is trained", Refused("ar", calm), StringComparison.Ordinal);
        Assert.Contains("its tokenizer; leave it out", Refused("ar", ar, "--tokenizer", "bytes"), StringComparison.Ordinal);
        Assert.Contains("has energy, which cannot change", Refused("calm", calm, "--head", "flow"), StringComparison.Ordinal);
        string line = TinyRun.Fails(2, "train", "ar", "--from", ar, "--run", _folder["none"], "--device", "host");
        Assert.Contains("has no text of its own", line, StringComparison.Ordinal);
        line = TinyRun.Fails(1, "train", "ar", "--from", _folder["nowhere"], "--data", text, "--run", _folder["none"], "--device", "host");
        Assert.Contains("neither a run nor a checkpoint", line, StringComparison.Ordinal);

        string Refused(string stage, string from, params string[] more) => TinyRun.Fails(
            2, ["train", stage, "--from", from, "--data", text, "--run", _folder["none"], "--device", "host", .. more]);
    }

    public void Dispose() => _folder.Dispose();

    private string Numbers(string name, int count, int offset) =>
        _folder.Write(name, string.Join(' ', Enumerable.Range(0, count).Select(i => (i * 7 + offset) % 96)));
}
