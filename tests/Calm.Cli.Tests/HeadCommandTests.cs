using System.Text.Json;

namespace Calm.Cli.Tests;

/// <summary><c>--head</c> as a user types it: training, resuming, generating and evaluating with every head.</summary>
public sealed class HeadCommandTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData("diffusion")]
    [InlineData("flow")]
    public void Training_falls_resumes_bit_for_bit_generates_and_evaluates(string head)
    {
        _tiny.TrainAutoencoder();
        TinyRun.Succeeds(_tiny.TrainCalm("whole", "--head", head, "--steps", "40", "--batch", "8", "--save-every", "20"));
        double[] losses = Losses("whole");
        Assert.True(losses[^1] < 0.9 * losses[0], $"{losses[0]} -> {losses[^1]}");

        TinyRun.Succeeds(_tiny.TrainCalm("again", "--head", head, "--steps", "20", "--batch", "8", "--save-every", "20"));
        TinyRun.Succeeds(_tiny.TrainCalm("again", "--resume", "--steps", "40"));
        Assert.Equal(File.ReadAllBytes(Model("whole")), File.ReadAllBytes(Model("again")));

        string[] generate =
        [
            "generate", _tiny["whole"], "--prompt", "the value", "--max-tokens", "8", "--candidates", "6", "--json",
            "--device", "host",
        ];
        Assert.Equal(Text(TinyRun.Succeeds(generate)), Text(TinyRun.Succeeds(generate)));
        string evaluated = TinyRun.Succeeds("evaluate", _tiny["whole"], "--json", "--device", "host");
        Assert.True(JsonDocument.Parse(evaluated).RootElement.TryGetProperty("brierLm", out _));

        string other = head == "flow" ? "diffusion" : "flow";
        string refusal = TinyRun.Fails(2, _tiny.TrainCalm("again", "--resume", "--head", other));
        Assert.Contains($"has {head}, which cannot change", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("diffusion", 2)]
    [InlineData("flow", 1)]
    public void Patches_of_fewer_than_four_tokens_work(string head, int patchSize)
    {
        string[] size = ["--set", $"autoencoder.patch_size={patchSize}", "--set", $"calm.patch_size={patchSize}"];
        TinyRun.Succeeds(
        [
            "train", "autoencoder", "--data", _tiny.TextFile, "--run", _tiny["ae"], "--steps", "5", .. TinyRun.Settings, .. size,
        ]);
        TinyRun.Succeeds(_tiny.TrainCalm("calm", ["--head", head, "--steps", "3", "--batch", "4", .. size]));
        string evaluated = TinyRun.Succeeds("evaluate", _tiny["calm"], "--json", "--device", "host");
        Assert.True(JsonDocument.Parse(evaluated).RootElement.TryGetProperty("brierLm", out _));
    }

    [Theory]
    [InlineData("gan")]
    [InlineData("1")]
    [InlineData("Flow")]
    public void An_unknown_head_gets_one_line(string head)
    {
        _tiny.TrainAutoencoder(1);
        string line = TinyRun.Fails(2, _tiny.TrainCalm("calm", "--head", head));
        Assert.StartsWith($"calm: --head {head}: must be one of energy, diffusion, flow", line, StringComparison.Ordinal);
    }

    private string Model(string run) =>
        Directory.GetFiles(_tiny[run], "model.safetensors", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last();

    private double[] Losses(string run) =>
    [
        .. File.ReadAllLines(Path.Combine(_tiny[run], "log.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(entry => entry.TryGetProperty("loss", out _)).Select(entry => entry.GetProperty("loss").GetDouble()),
    ];

    private static string Text(string json) => JsonDocument.Parse(json).RootElement.GetProperty("text").GetString()!;
}
