using System.Text.Json;
using Calm.Runtime;

namespace Calm.Cli.Tests;

/// <summary>Every switch of an ablation, end to end on runs of a few steps: trained, scored and written with.</summary>
public sealed class AblationTests : IClassFixture<AblationTests.Trained>
{
    private readonly TinyRun _run;

    public AblationTests(Trained trained) => _run = trained.Run;

    /// <summary>One autoencoder and one language model as they are by default.</summary>
    public sealed class Trained : IDisposable
    {
        public Trained()
        {
            Run = new TinyRun();
            Run.TrainAutoencoder(5);
            TinyRun.Succeeds(Run.TrainCalm("default", "--steps", "3"));
        }

        internal TinyRun Run { get; }

        public void Dispose() => Run.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(16)]
    public void Patches_of_any_size_train_are_scored_and_write(int patchSize)
    {
        string ae = _run[$"ae-k{patchSize}"];
        TinyRun.Succeeds([
            "train", "autoencoder", "--data", _run.TextFile, "--run", ae, "--steps", "5", "--patch-size", $"{patchSize}",
            .. TinyRun.Settings]);
        EndToEnd($"k{patchSize}", ae);
        EndToEnd($"k{patchSize}-latents", ae, "--input", "latents");
    }

    [Theory]
    [InlineData("calm.beta=0.5")]
    [InlineData("calm.beta=1.5")]
    [InlineData("calm.beta=2")]
    [InlineData("calm.num_samples=2")]
    [InlineData("calm.num_samples=12")]
    [InlineData("calm.num_targets=1")]
    [InlineData("calm.num_targets=100")]
    [InlineData("calm.num_mlp_layers=3")]
    [InlineData("calm.noise_size=1")]
    [InlineData("calm.noise_size=33")]
    [InlineData("calm.auxiliary_weight=0")]
    [InlineData("calm.auxiliary_weight=4")]
    [InlineData("calm.input=latents")]
    [InlineData("calm.input=both")]
    public void A_switch_of_the_language_model_works_and_changes_what_is_learnt(string setting)
    {
        string name = setting.Replace('=', '-');
        EndToEnd(name, _run["ae"], "--set", setting);
        bool isDefault = setting is "calm.auxiliary_weight=4";
        Assert.Equal(isDefault, Weights(name).AsSpan().SequenceEqual(Weights("default")));
    }

    [Theory]
    [InlineData("autoencoder.kl_clamp=0")]
    [InlineData("autoencoder.token_dropout=0")]
    [InlineData("autoencoder.token_dropout=0.5")]
    [InlineData("autoencoder.latent_dropout=0")]
    [InlineData("autoencoder.latent_dropout=0.5")]
    [InlineData("autoencoder.ae_dropout=0")]
    [InlineData("autoencoder.ae_dropout=0", "autoencoder.kl_weight=0")]
    [InlineData("autoencoder.latent_size=40")]
    public void A_switch_of_the_autoencoder_works_and_changes_what_is_learnt(params string[] settings)
    {
        string name = string.Join('-', settings).Replace('=', '-');
        TinyRun.Succeeds([
            "train", "autoencoder", "--data", _run.TextFile, "--run", _run[name], "--steps", "5", .. TinyRun.Settings,
            .. settings.SelectMany(setting => new[] { "--set", setting })]);
        Assert.False(Weights(name).AsSpan().SequenceEqual(Weights("ae")));
        JsonElement result = Json("inspect", _run[name], "--json", "--device", "host", "--patches", "64");
        int size = settings[0].StartsWith("autoencoder.latent_size", StringComparison.Ordinal) ? 40 : 16;
        Assert.Equal(size, result.GetProperty("latents").GetProperty("kl").GetArrayLength());
        EndToEnd(
            $"{name}-calm", _run[name], "--set", $"autoencoder.latent_size={size}", "--set", $"calm.latent_size={size}");
    }

    /// <summary>Without the floor, under which there is no gradient.</summary>
    [Fact]
    public void The_weight_of_the_divergence_counts()
    {
        string[] weights = ["0", "0.001", "0.1"];
        foreach (string weight in weights)
        {
            TinyRun.Succeeds([
                "train", "autoencoder", "--data", _run.TextFile, "--run", _run[$"kl-{weight}"], "--steps", "5",
                .. TinyRun.Settings, "--set", "autoencoder.kl_clamp=0", "--set", $"autoencoder.kl_weight={weight}"]);
            EndToEnd($"kl-{weight}-calm", _run[$"kl-{weight}"]);
        }

        Assert.Equal(3, weights.Select(weight => Convert.ToHexString(Weights($"kl-{weight}"))).Distinct().Count());
    }

    [Fact]
    public void Token_and_latent_dropout_together_are_dropout()
    {
        TinyRun.Succeeds([
            "train", "autoencoder", "--data", _run.TextFile, "--run", _run["both-dropouts"], "--steps", "5",
            .. TinyRun.Settings, "--set", "autoencoder.ae_dropout=0.6", "--set", "autoencoder.token_dropout=0.15",
            "--set", "autoencoder.latent_dropout=0.15"]);
        Assert.Equal(Weights("ae"), Weights("both-dropouts"));
    }

    [Theory]
    [InlineData("latents")]
    [InlineData("both")]
    public void A_run_that_reads_latents_goes_on_bit_for_bit(string input)
    {
        string[] args = _run.TrainCalm($"{input}-twice", "--steps", "6", "--save-every", "3", "--input", input);
        TinyRun.Succeeds(args);
        byte[] straight = Weights($"{input}-twice");
        Directory.Delete(_run[$"{input}-twice/checkpoints/step-000000006"], recursive: true);
        File.Delete(_run[$"{input}-twice/model.safetensors"]);
        TinyRun.Succeeds([.. args, "--resume"]);
        Assert.Equal(straight, Weights($"{input}-twice"));
    }

    [Fact]
    public void A_run_is_compared_with_another_on_the_same_windows()
    {
        TinyRun.Succeeds(_run.TrainCalm("rival", "--steps", "1"));
        JsonElement result = Json(
            "evaluate", _run["default"], "--against", _run["rival"], "--against", _run["default"], "--json",
            "--device", "host");
        JsonElement[] against = [.. result.GetProperty("against").EnumerateArray()];
        JsonElement rival = Json("evaluate", _run["rival"], "--json", "--device", "host");
        Assert.Equal(rival.GetProperty("brierLm").GetDouble(), against[0].GetProperty("brierLm").GetDouble());
        Assert.Equal(0, against[1].GetProperty("difference").GetDouble());
        Assert.Equal(1, against[1].GetProperty("pValue").GetDouble());
        Assert.Contains(
            "p = 1.0000",
            TinyRun.Succeeds("evaluate", _run["default"], "--against", _run["default"], "--device", "host"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_on_another_text_or_of_other_patches_is_not_compared()
    {
        string text = _run["other.txt"];
        File.WriteAllText(text, SmallText.Words(2900));
        TinyRun.Succeeds(_run.TrainCalm("other-text", "--steps", "1", "--data", text));
        string line = TinyRun.Fails(1, "evaluate", _run["default"], "--against", _run["other-text"], "--device", "host");
        Assert.Contains("train both on one text", line, StringComparison.Ordinal);
        TinyRun.Succeeds([
            "train", "autoencoder", "--data", _run.TextFile, "--run", _run["ae-two"], "--steps", "1", "--patch-size", "2",
            .. TinyRun.Settings]);
        TinyRun.Succeeds([
            "train", "calm", "--autoencoder", _run["ae-two"], "--run", _run["two"], "--steps", "1", .. TinyRun.Settings]);
        line = TinyRun.Fails(1, "evaluate", _run["default"], "--against", _run["two"], "--device", "host");
        Assert.Contains("has patches of 2 tokens", line, StringComparison.Ordinal);
        line = TinyRun.Fails(2, "evaluate", _run["ae"], "--against", _run["default"], "--device", "host");
        Assert.Contains("has no BrierLM", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("autoencoder", "autoencoder.patch_size=0")]
    [InlineData("autoencoder", "autoencoder.latent_size=0")]
    [InlineData("autoencoder", "autoencoder.num_encoder_layers=0")]
    [InlineData("autoencoder", "autoencoder.token_dropout=1")]
    [InlineData("autoencoder", "autoencoder.latent_dropout=-0.1")]
    [InlineData("autoencoder", "autoencoder.kl_clamp=-1")]
    [InlineData("autoencoder", "autoencoder.kl_weight=Infinity")]
    [InlineData("calm", "calm.hidden_size=0")]
    [InlineData("calm", "calm.num_samples=1")]
    [InlineData("calm", "calm.num_targets=0")]
    [InlineData("calm", "calm.beta=2.5")]
    [InlineData("calm", "calm.num_mlp_layers=0")]
    [InlineData("calm", "calm.noise_size=0")]
    [InlineData("calm", "calm.input=pixels")]
    [InlineData("calm", "calm.auxiliary_weight=-1")]
    public void A_switch_out_of_range_is_refused_in_a_line_that_names_it(string stage, string setting)
    {
        string[] args = stage == "calm" ? _run.TrainCalm("refused", "--steps", "1", "--set", setting) :
        [
            "train", "autoencoder", "--data", _run.TextFile, "--run", _run["refused"], "--steps", "1", .. TinyRun.Settings,
            "--set", setting,
        ];
        Assert.Contains(setting.Split('=')[0], TinyRun.Fails(2, args), StringComparison.Ordinal);
        if (Directory.Exists(_run["refused"]))
        {
            Directory.Delete(_run["refused"], recursive: true);
        }
    }

    [Fact]
    public void A_context_too_short_for_a_window_is_refused()
    {
        RunConfig demo = Presets.Get("demo");
        StageFactory.RequireContext(demo.Calm with { PatchSize = 1 }, demo.CalmTraining with { ContextPatches = 5 });
        SettingException failure = Assert.Throws<SettingException>(
            () => StageFactory.RequireContext(demo.Calm with { PatchSize = 1 }, demo.CalmTraining with { ContextPatches = 4 }));
        Assert.Contains("at least 5 with patches of 1", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>Trains a few steps, scores, and writes at three temperatures.</summary>
    private void EndToEnd(string name, string autoencoder, params string[] settings)
    {
        TinyRun.Succeeds([
            "train", "calm", "--autoencoder", autoencoder, "--run", _run[name], "--steps", "3", .. TinyRun.Settings,
            .. settings]);
        JsonElement score = Json("evaluate", _run[name], "--json", "--device", "host");
        Assert.True(score.GetProperty("windows").GetInt32() > 0);
        Assert.All(score.GetProperty("brier").EnumerateArray(), value => Assert.InRange(value.GetDouble(), -2, 2));
        foreach (string temperature in new[] { "1", "0.5", "0.3333333333" })
        {
            JsonElement text = Json(
                "generate", _run[name], "--prompt", "the value of", "--temperature", temperature, "--candidates", "20",
                "--max-tokens", "20", "--json", "--device", "host");
            Assert.InRange(text.GetProperty("tokens").GetInt32(), 1, 20);
        }
    }

    private byte[] Weights(string run) => File.ReadAllBytes(_run[$"{run}/model.safetensors"]);

    private static JsonElement Json(params string[] args) => JsonDocument.Parse(TinyRun.Succeeds(args)).RootElement;
}
