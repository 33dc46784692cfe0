using System.Text.Json;

namespace Calm.Cli.Tests;

/// <summary><c>calm evaluate --against</c> between a model of patches and a discrete one, on a text of many documents.</summary>
public sealed class RivalTests(RivalTests.Trained trained) : IClassFixture<RivalTests.Trained>
{
    private readonly TinyRun _run = trained.Run;

    /// <summary>An autoencoder, a language model and a discrete model of one text.</summary>
    public sealed class Trained : IDisposable
    {
        public Trained()
        {
            string[] sentences = SmallText.Words(6000).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            File.WriteAllLines(
                Run["text.jsonl"],
                sentences.Chunk(5).Select(some => JsonSerializer.Serialize(new { text = string.Join('\n', some) })));
            TinyRun.Succeeds([
                "train", "autoencoder", "--data", Run["text.jsonl"], "--run", Run["ae"], "--steps", "100", .. TinyRun.Settings]);
            TinyRun.Succeeds(Run.TrainCalm("calm", "--steps", "20"));
            TinyRun.Succeeds(Discrete("ar", "--autoencoder", Run["ae"], "--steps", "200"));
        }

        internal TinyRun Run { get; } = new();

        public void Dispose() => Run.Dispose();

        internal string[] Discrete(string run, params string[] more) =>
        [
            "train", "ar", "--run", Run[run], "--set", "ar.hidden_size=32", "--set", "ar.intermediate_size=48", "--set",
            "ar.num_hidden_layers=2", "--set", "ar_training.context_tokens=64", "--set", "ar_training.evaluation_patches=64",
            "--set", "ar_training.evaluate_every=0", "--device", "host", .. more,
        ];
    }

    [Fact]
    public void Either_may_stand_first_and_the_difference_turns_its_sign()
    {
        JsonElement ar = Evaluate("ar", "--against", _run["calm"], "--draws", "4");
        JsonElement calm = Evaluate("calm", "--against", _run["ar"], "--draws", "4");
        JsonElement toCalm = Assert.Single(ar.GetProperty("against").EnumerateArray());
        JsonElement toAr = Assert.Single(calm.GetProperty("against").EnumerateArray());
        Assert.Equal(_run["calm"], toCalm.GetProperty("run").GetString());
        Assert.Equal(calm.GetProperty("brierLm").GetDouble(), toCalm.GetProperty("brierLm").GetDouble());
        Assert.Equal(ar.GetProperty("brierLm").GetDouble(), toAr.GetProperty("brierLm").GetDouble());
        Assert.Equal(calm.GetProperty("brier").ToString(), toCalm.GetProperty("brier").ToString());
        Assert.Equal(ar.GetProperty("brier").ToString(), toAr.GetProperty("brier").ToString());

        // A discrete model of 200 steps knows some words, one of patches of 20 steps nothing.
        Assert.InRange(ar.GetProperty("documents").GetInt32(), 2, int.MaxValue);
        double difference = toCalm.GetProperty("difference").GetDouble();
        Assert.True(difference > 0);
        Assert.Equal(ar.GetProperty("brierLm").GetDouble() - calm.GetProperty("brierLm").GetDouble(), difference, 12);
        Assert.Equal(-difference, toAr.GetProperty("difference").GetDouble());
        double[] interval = Numbers(toCalm.GetProperty("differenceInterval"));
        Assert.InRange(difference, interval[0], interval[1]);
        Assert.True(interval[0] < interval[1]);
        Assert.Equal([-interval[1], -interval[0]], Numbers(toAr.GetProperty("differenceInterval")));
        Assert.Equal(toCalm.GetProperty("pValue").GetDouble(), toAr.GetProperty("pValue").GetDouble());
    }

    [Theory]
    [InlineData("ar", "calm")]
    [InlineData("calm", "ar")]
    [InlineData("ar", "ar")]
    public void The_text_for_people_has_both_and_the_test(string first, string second)
    {
        string text = TinyRun.Succeeds("evaluate", _run[first], "--against", _run[second], "--device", "host");
        Assert.Contains($"{_run[first]} - {_run[second]}: ", text, StringComparison.Ordinal);
        Assert.Contains("paired bootstrap over ", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_published_estimator_looks_at_other_windows_of_the_two()
    {
        foreach ((string first, string second) in new[] { ("ar", "calm"), ("calm", "ar") })
        {
            string line = TinyRun.Fails(
                2, "evaluate", _run[first], "--against", _run[second], "--estimator", "published", "--device", "host");
            Assert.Contains("--estimator published", line, StringComparison.Ordinal);
        }

        JsonElement itself = Evaluate("ar", "--against", _run["ar"], "--estimator", "published").GetProperty("against")[0];
        Assert.Equal(0, itself.GetProperty("difference").GetDouble());
    }

    [Fact]
    public void Another_text_tokenizer_or_kind_of_run_is_refused_in_a_line()
    {
        TinyRun.Succeeds(trained.Discrete("other-text", "--data", _run.TextFile, "--steps", "1"));
        TinyRun.Succeeds(trained.Discrete(
            "other-tokens", "--data", _run["text.jsonl"], "--tokenizer", "bpe", "--vocabulary", "300", "--steps", "1"));
        foreach (string other in new[] { "other-text", "other-tokens" })
        {
            Refused("train both on one text", "calm", other);
            Refused("train both on one text", other, "calm");
        }

        Refused("is a run of autoencoder", "ar", "ae");
        Assert.Contains(
            "--draws", TinyRun.Fails(2, "evaluate", _run["ar"], "--against", _run["ar"], "--draws", "4", "--device", "host"),
            StringComparison.Ordinal);

        void Refused(string message, string first, string second) => Assert.Contains(
            message, TinyRun.Fails(1, "evaluate", _run[first], "--against", _run[second], "--device", "host"),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public void Windows_are_the_same_for_patches_of_any_size(int patchSize)
    {
        string ae = _run[$"ae-{patchSize}"];
        TinyRun.Succeeds([
            "train", "autoencoder", "--data", _run["text.jsonl"], "--run", ae, "--steps", "1", "--patch-size", $"{patchSize}",
            .. TinyRun.Settings]);
        TinyRun.Succeeds([
            "train", "calm", "--autoencoder", ae, "--run", _run[$"calm-{patchSize}"], "--steps", "1", .. TinyRun.Settings]);
        TinyRun.Succeeds(trained.Discrete(
            $"ar-{patchSize}", "--autoencoder", ae, "--steps", "1", "--set", $"ar_training.context_tokens={16 * patchSize}"));
        JsonElement calm = Evaluate($"calm-{patchSize}", "--against", _run[$"ar-{patchSize}"]);
        JsonElement ar = Evaluate($"ar-{patchSize}", "--against", _run[$"calm-{patchSize}"]);
        Assert.Equal(calm.GetProperty("windows").GetInt32(), ar.GetProperty("windows").GetInt32());
        Assert.Equal(
            ar.GetProperty("brierLm").GetDouble(), calm.GetProperty("against")[0].GetProperty("brierLm").GetDouble());
    }

    private JsonElement Evaluate(string run, params string[] more) =>
        JsonDocument.Parse(TinyRun.Succeeds(["evaluate", _run[run], "--json", "--device", "host", .. more])).RootElement;

    private static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetDouble())];
}
