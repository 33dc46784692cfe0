using System.Text.Json;

namespace Calm.Cli.Tests;

/// <summary>Runs of the discrete model through the command line.</summary>
public sealed class ArRunTests : IClassFixture<ArRunTests.Trained>
{
    private readonly TinyRun _run;

    public ArRunTests(Trained trained) => _run = trained.Run;

    /// <summary>An autoencoder, whose text is used, a language model, and a straight run of 20 steps.</summary>
    public sealed class Trained : IDisposable
    {
        public Trained()
        {
            Run.TrainAutoencoder();
            TinyRun.Succeeds(Run.TrainCalm("calm", "--steps", "2"));
            TinyRun.Succeeds(Train("straight", "--steps", "20", "--save-every", "5", "--threads", "1"));
        }

        internal TinyRun Run { get; } = new();

        public void Dispose() => Run.Dispose();

        internal string[] Train(string run, params string[] more) =>
            ["train", "ar", "--autoencoder", Run["ae"], "--run", Run[run], .. Settings, .. more];
    }

    private static string[] Settings =>
    [
        "--set", "ar.hidden_size=32", "--set", "ar.intermediate_size=48", "--set", "ar.num_hidden_layers=2",
        "--set", "ar_training.context_tokens=64", "--set", "ar_training.evaluation_patches=64",
        "--set", "ar_training.evaluate_every=0", "--set", "ar_training.warmup_steps=5", "--device", "host",
    ];

    private byte[] Weights(string run) => File.ReadAllBytes(_run[run + "/model.safetensors"]);

    private string[] Train(string run, params string[] more) =>
        ["train", "ar", "--autoencoder", _run["ae"], "--run", _run[run], .. Settings, .. more];

    [Theory]
    [InlineData("two-threads", "--threads", "2")]
    [InlineData("recomputed", "--recompute")]
    public void Threads_and_recomputation_leave_the_bits(string run, params string[] options)
    {
        TinyRun.Succeeds(Train(run, ["--steps", "20", .. options]));
        Assert.Equal(Weights("straight"), Weights(run));
    }

    [Fact]
    public void A_run_that_was_stopped_goes_on_bit_for_bit()
    {
        TinyRun.Succeeds(Train("stopped", "--steps", "20", "--save-every", "10"));
        Directory.Delete(_run["stopped/checkpoints/step-000000020"], recursive: true);
        File.Delete(_run["stopped/model.safetensors"]);
        TinyRun.Succeeds(Train("stopped", "--steps", "20", "--save-every", "10", "--resume"));
        Assert.Equal(Weights("straight"), Weights("stopped"));
    }

    [Fact]
    public void Micro_batches_give_the_gradients_of_the_whole_batch()
    {
        foreach (string parts in new[] { "1", "4" })
        {
            TinyRun.Succeeds(Train(
                $"parts-{parts}", "--steps", "1", "--accumulate", parts, "--save-gradients",
                _run[$"ar-{parts}.safetensors"]));
        }

        using SafetensorsSet whole = SafetensorsSet.Open(_run["ar-1.safetensors"]);
        using SafetensorsSet split = SafetensorsSet.Open(_run["ar-4.safetensors"]);
        Assert.Contains("lm_head.weight", whole.Names);
        foreach (string name in whole.Names)
        {
            float[] want = whole.Read<float>(name);
            float worst = want.Zip(split.Read<float>(name)).Max(pair => MathF.Abs(pair.First - pair.Second));
            Assert.True(worst <= 1e-5f * want.Max(MathF.Abs), $"{name}: {worst}");
        }
    }

    [Fact]
    public void Losses_fall_and_the_log_has_the_measures()
    {
        JsonElement[] lines = [.. File.ReadLines(_run["straight/log.jsonl"]).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.InRange(lines[^1].GetProperty("loss").GetDouble(), 0.1, 0.8 * lines[0].GetProperty("loss").GetDouble());
        foreach (string name in new[] { "crossEntropy", "perplexity", "bitsPerByte", "brierLm", "brierLow", "brierHigh", "brier4" })
        {
            Assert.True(lines[^1].GetProperty(name).GetDouble() >= 0, name);
        }
    }

    [Fact]
    public void An_evaluation_repeats_and_sees_the_windows_that_a_language_model_of_patches_is_scored_on()
    {
        JsonElement ar = Evaluate("straight");
        JsonElement calm = Evaluate("calm");
        foreach (string same in new[] { "windows", "documents", "baselines" })
        {
            Assert.Equal(calm.GetProperty(same).ToString(), ar.GetProperty(same).ToString());
        }

        Assert.Equal(ar.ToString(), Evaluate("straight").ToString());
        Assert.Equal(Math.Exp(ar.GetProperty("crossEntropy").GetDouble()), ar.GetProperty("perplexity").GetDouble(), 1e-9);
        Assert.InRange(
            ar.GetProperty("brierLm").GetDouble(), ar.GetProperty("interval")[0].GetDouble(),
            ar.GetProperty("interval")[1].GetDouble());

        JsonElement published = Evaluate("straight", "--estimator", "published");
        Assert.Equal("published", published.GetProperty("estimator").GetString());
        Assert.True(published.GetProperty("windows").GetInt32() > 3 * ar.GetProperty("windows").GetInt32());
        Assert.Equal(ar.GetProperty("crossEntropy").GetDouble(), published.GetProperty("crossEntropy").GetDouble());
    }

    [Fact]
    public void Generation_repeats_with_a_seed_and_the_likeliest_token_alone_leaves_no_choice()
    {
        string seven = Generate("--seed", "7", "--temperature", "1");
        Assert.StartsWith("the value", seven, StringComparison.Ordinal);
        Assert.Equal(seven, Generate("--seed", "7", "--temperature", "1", "--threads", "1"));
        Assert.NotEqual(seven, Generate("--seed", "8", "--temperature", "1"));
        string greedy = Generate("--seed", "1", "--temperature", "0");
        Assert.Equal(greedy, Generate("--seed", "2", "--temperature", "1", "--top-k", "1"));
        Assert.Equal(greedy, Generate("--seed", "3", "--temperature", "1.5", "--top-p", "0.000001"));
        Assert.NotEqual("", TinyRun.Succeeds("generate", _run["straight"], "--max-tokens", "3", "--device", "host"));
    }

    [Fact]
    public void A_text_ends_before_a_stop_string()
    {
        const string prompt = "the value";
        string[] sampling = ["--temperature", "1", "--seed", "7"];
        string text = Generate(sampling);
        string stop = text[(prompt.Length + 9)..(prompt.Length + 12)];
        Assert.Equal(
            text[..text.IndexOf(stop, prompt.Length, StringComparison.Ordinal)], Generate([.. sampling, "--stop", stop]));
    }

    /// <summary>The average of the weights is another model, with the measures that the log has of it.</summary>
    [Fact]
    public void The_average_of_the_weights_is_evaluated_and_generates()
    {
        TinyRun.Succeeds(Train("average", "--steps", "6", "--set", "ar_training.ema_decay=0.9"));
        JsonElement last = JsonDocument.Parse(File.ReadLines(_run["average/log.jsonl"]).Last()).RootElement;
        double average = Evaluate("average", "--ema", "--patches", "64").GetProperty("crossEntropy").GetDouble();
        Assert.Equal(last.GetProperty("emaCrossEntropy").GetDouble(), average);
        Assert.NotEqual(last.GetProperty("crossEntropy").GetDouble(), average);
        Assert.Equal(
            last.GetProperty("crossEntropy").GetDouble(),
            Evaluate("average", "--patches", "64").GetProperty("crossEntropy").GetDouble());
        TinyRun.Succeeds("generate", _run["average"], "--ema", "--max-tokens", "3", "--device", "host");
        Assert.Contains(
            "keeps no moving average of its weights",
            TinyRun.Fails(1, "generate", _run["straight"], "--ema", "--device", "host"), StringComparison.Ordinal);
    }

    [Fact]
    public void Several_prompts_are_each_continued_as_if_alone()
    {
        string[] prompts = ["the value", "an array is", ""];
        File.WriteAllLines(_run["prompts.txt"], prompts[1..]);
        string[] sampling = ["--seed", "7", "--temperature", "1", "--max-tokens", "20", "--device", "host"];
        string[] both = ["generate", _run["straight"], "--prompt", prompts[0], "--prompts", _run["prompts.txt"], .. sampling];
        JsonElement result = JsonDocument.Parse(TinyRun.Succeeds([.. both, "--json"])).RootElement;
        JsonElement[] texts = [.. result.GetProperty("texts").EnumerateArray()];
        Assert.Equal(prompts, texts.Select(text => text.GetProperty("prompt").GetString()));
        Assert.Equal(texts.Sum(text => text.GetProperty("tokens").GetInt32()), result.GetProperty("tokens").GetInt32());
        string[] written = [.. texts.Select(text => text.GetProperty("text").GetString()!)];
        Assert.Equal(string.Join('\n', written), result.GetProperty("text").GetString());
        Assert.Equal(string.Join("\n\n", written) + "\n", TinyRun.Succeeds(both).ReplaceLineEndings("\n"));
        for (int i = 0; i < prompts.Length; i++)
        {
            string alone = TinyRun.Succeeds(["generate", _run["straight"], "--prompt", prompts[i], .. sampling]);
            Assert.Equal(written[i] + "\n", alone.ReplaceLineEndings("\n"));
        }
    }

    [Theory]
    [InlineData("--temperature", "-1", "--temperature is -1")]
    [InlineData("--temperature", "NaN", "--temperature NaN: must be a number")]
    [InlineData("--top-k", "-2", "--top-k is -2")]
    [InlineData("--top-p", "0", "--top-p is 0")]
    [InlineData("--top-p", "1.5", "--top-p is 1.5")]
    [InlineData("--max-tokens", "0", "--max-tokens is 0")]
    [InlineData("--candidates", "9", "--candidates")]
    public void Sampling_that_has_no_meaning_is_refused(string option, string value, string message) =>
        Assert.Contains(
            message, TinyRun.Fails(2, "generate", _run["straight"], option, value, "--device", "host"), StringComparison.Ordinal);

    [Theory]
    [InlineData("--top-k", "5")]
    [InlineData("--top-p", "0.9")]
    public void A_language_model_of_patches_has_no_probabilities_to_cut(string option, string value)
    {
        string line = TinyRun.Fails(2, "generate", _run["calm"], option, value, "--device", "host");
        Assert.Contains(option, line, StringComparison.Ordinal);
        Assert.Contains("calm train ar", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_settings_are_refused_before_anything_is_written()
    {
        Assert.Contains(
            "context_tokens is 62",
            TinyRun.Fails(2, Train("bad", "--set", "ar_training.context_tokens=62")), StringComparison.Ordinal);
        Assert.Contains(
            "ar.hidden_size is 30",
            TinyRun.Fails(2, [
                "train", "ar", "--data", _run.TextFile, "--run", _run["bad"], .. Settings, "--set", "ar.hidden_size=30"]),
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(_run["bad"]));
        Assert.Contains(
            "--draws", TinyRun.Fails(2, "evaluate", _run["straight"], "--draws", "4", "--device", "host"), StringComparison.Ordinal);
        string[] nowhere = ["train", "ar", "--autoencoder", _run["none"], "--run", _run["bad"], .. Settings];
        Assert.Contains("is no run", TinyRun.Fails(1, nowhere), StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_of_its_own_has_a_tokenizer_of_its_own()
    {
        TinyRun.Succeeds([
            "train", "ar", "--data", _run.TextFile, "--tokenizer", "bpe", "--vocabulary", "300", "--run", _run["bpe"],
            "--steps", "3", .. Settings, "--set", "ar.tie_word_embeddings=true"]);
        using SafetensorsSet weights = SafetensorsSet.Open(_run["bpe/model.safetensors"]);
        Assert.DoesNotContain("lm_head.weight", weights.Names);
        Assert.True(Evaluate("bpe").GetProperty("bitsPerByte").GetDouble() > 0);
    }

    [Fact]
    public void A_dry_run_tells_what_it_would_take()
    {
        string json = TinyRun.Succeeds(Train("dry", "--dry-run", "--steps", "10", "--json"));
        JsonElement result = JsonDocument.Parse(json).RootElement;
        Assert.Equal(10 * 4 * 63, result.GetProperty("tokens").GetDouble());
        Assert.Equal(2 * 259 * 32 + 2 * (4 * 32 * 32 + 3 * 32 * 48), result.GetProperty("parameters").GetDouble());
        Assert.False(Directory.Exists(_run["dry"]));
    }

    private JsonElement Evaluate(string run, params string[] more) =>
        JsonDocument.Parse(TinyRun.Succeeds(["evaluate", _run[run], "--json", "--device", "host", .. more])).RootElement;

    private string Generate(params string[] more)
    {
        string json = TinyRun.Succeeds([
            "generate", _run["straight"], "--prompt", "the value", "--max-tokens", "40", "--json", "--device", "host", .. more]);
        return JsonDocument.Parse(json).RootElement.GetProperty("text").GetString()!;
    }
}
