using System.Text;
using System.Text.Json;

namespace Calm.Cli.Tests;

/// <summary><c>calm score</c> of runs of both kinds, as it is typed.</summary>
public sealed class ScoreTests(ScoreTests.Trained trained) : IClassFixture<ScoreTests.Trained>
{
    private readonly TinyRun _run = trained.Run;

    /// <summary>An autoencoder, a language model and a discrete model of a text of many documents.</summary>
    public sealed class Trained : IDisposable
    {
        public Trained()
        {
            string[] sentences = SmallText.Words(6000).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            File.WriteAllLines(
                Run["text.jsonl"],
                sentences.Chunk(3).Select(some => JsonSerializer.Serialize(new { text = string.Join('\n', some) })));
            TinyRun.Succeeds(
                ["train", "autoencoder", "--data", Run["text.jsonl"], "--run", Run["ae"], "--steps", "60", .. TinyRun.Settings]);
            TinyRun.Succeeds(Run.TrainCalm("calm", "--steps", "3"));
            TinyRun.Succeeds(
                "train", "ar", "--run", Run["ar"], "--autoencoder", Run["ae"], "--steps", "100", "--set", "ar.hidden_size=32",
                "--set", "ar.intermediate_size=48", "--set", "ar.num_hidden_layers=2", "--set", "ar_training.context_tokens=64",
                "--set", "ar_training.evaluate_every=0", "--device", "host");
        }

        internal TinyRun Run { get; } = new();

        public void Dispose() => Run.Dispose();
    }

    [Fact]
    public void Continuations_are_ranked_by_both_measures()
    {
        string file = Write("texts", "\uFEFF value of an array\r\n is returned by\n value of an array");
        JsonElement result = Json("calm", "--prompt", "when the", "--continuations", file, "--continuation", " key was", "--draws", "8");
        Assert.Equal("when the", result.GetProperty("prompt").GetString());
        Assert.Equal(8, result.GetProperty("promptTokens").GetInt32());
        Assert.Equal(8, result.GetProperty("draws").GetInt32());
        JsonElement[] ranked = [.. result.GetProperty("continuations").EnumerateArray()];
        Assert.Equal(4, ranked.Length);
        Assert.Equal(ranked.Select(Energy).Order(), ranked.Select(Energy));
        Assert.Equal(2, ranked.Count(one => one.GetProperty("text").GetString() == " value of an array"));
        foreach (JsonElement one in ranked)
        {
            JsonElement energy = one.GetProperty("energy");
            Assert.Equal(1 + ranked.Count(other => Energy(other) < Energy(one)), energy.GetProperty("rank").GetInt32());
            Assert.InRange(Energy(one), energy.GetProperty("interval")[0].GetDouble(), energy.GetProperty("interval")[1].GetDouble());
            int patches = one.GetProperty("tokens").GetInt32() / 4;
            Assert.Equal(patches, energy.GetProperty("units").GetInt32());
            Assert.Equal(patches * Energy(one), energy.GetProperty("sum").GetDouble(), 1e-9);
            Assert.InRange(one.GetProperty("agreement").GetProperty("mean").GetDouble(), 0, 1);
        }

        JsonElement alone = Json("calm", "--prompt", "when the", "--continuation", " key was", "--draws", "8");
        Assert.Contains(Energy(alone.GetProperty("continuations")[0]), ranked.Select(Energy));

        static double Energy(JsonElement one) => one.GetProperty("energy").GetProperty("mean").GetDouble();
    }

    [Fact]
    public void A_discrete_run_ranks_by_probability_and_knows_words()
    {
        string[] args = ["--prompt", "when the", "--continuation", " qqxzqjkvw", "--continuation", " value of "];
        JsonElement[] ranked = [.. Json("ar", args).GetProperty("continuations").EnumerateArray()];
        Assert.Equal(" value of ", ranked[0].GetProperty("text").GetString());
        JsonElement score = ranked[0].GetProperty("logProbability");
        Assert.Equal(1, score.GetProperty("rank").GetInt32());
        Assert.Equal(JsonValueKind.Null, score.GetProperty("interval").ValueKind);
        Assert.True(score.GetProperty("sum").GetDouble() < 0);
        string shown = TinyRun.Succeeds(["score", _run["ar"], "--device", "host", .. args]);
        Assert.Contains("log p", shown, StringComparison.Ordinal);
        Assert.Contains("\" value of \"", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_is_in_the_order_of_the_energy_and_shows_texts_on_one_line()
    {
        string shown = TinyRun.Succeeds(
            "score", _run["calm"], "--continuation", "two\nlines", "--continuation", "the value", "--ends", "--device", "host");
        string[] lines = shown.TrimEnd('\n').Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.StartsWith("prompt of 0 tokens; 64 draws of each patch; ", lines[0], StringComparison.Ordinal);
        Assert.Contains("95 % interval", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("1 ", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("2 ", lines[3], StringComparison.Ordinal);
        Assert.Contains("\"two\\nlines\"", shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("calm", "energy", "agreement")]
    [InlineData("ar", "logProbability")]
    public void Trials_count_first_places_beside_bigrams_and_chance(string run, params string[] measures)
    {
        string[] args = ["--trials", "12", "--tokens", "10", "--choices", "3"];
        JsonElement result = Json(run, args);
        Assert.Equal(12, result.GetProperty("trials").GetInt32());
        Assert.Equal(1 / 3.0, result.GetProperty("chance").GetProperty("first").GetDouble(), 1e-12);
        foreach (string measure in (string[])[.. measures, "bigram"])
        {
            Assert.InRange(First(measure), 0, 1);
            double[] interval = [.. result.GetProperty(measure).GetProperty("interval").EnumerateArray().Select(e => e.GetDouble())];
            Assert.InRange(First(measure), interval[0], interval[1]);
        }

        Assert.Equal(
            First(measures[0]) - First("bigram"), result.GetProperty("difference").GetProperty("value").GetDouble(), 1e-12);
        string shown = TinyRun.Succeeds(["score", _run[run], "--device", "host", .. args]);
        Assert.Contains("chance", shown, StringComparison.Ordinal);
        Assert.Contains(" - bigram: ", shown, StringComparison.Ordinal);

        double First(string measure) => result.GetProperty(measure).GetProperty("first").GetDouble();
    }

    [Theory]
    [InlineData("calm", "give some")]
    [InlineData("calm", "--continuation '': is empty", "--continuation", "text", "--continuation", "")]
    [InlineData("calm", "--continuation 1: 3 tokens end inside a patch of 4", "--continuation", "abc")]
    [InlineData("calm", "give 2 or more", "--prompt", "prompt", "--continuation", "a")]
    [InlineData("calm", "--draws 1: must be at least 2", "--continuation", "text", "--draws", "1")]
    [InlineData("calm", "--draws 1025: must be at most 1024", "--continuation", "text", "--draws", "1025")]
    [InlineData("calm", "--tokens: counts with --trials only", "--continuation", "text", "--tokens", "8")]
    [InlineData("calm", "--prompt: --trials takes its texts", "--trials", "3", "--prompt", "a")]
    [InlineData("calm", "--trials 0: must be at least 1", "--trials", "0")]
    [InlineData("calm", "--choices 1: must be at least 2", "--trials", "3", "--choices", "1")]
    [InlineData("calm", "--tokens 3: must be at least 4", "--trials", "3", "--tokens", "3")]
    [InlineData("calm", "--tokens is 5000, expected fewer: 0 of", "--trials", "3", "--tokens", "5000")]
    [InlineData("ar", "--draws: ", "--continuation", "text", "--draws", "8")]
    [InlineData("ar", "--seed: ", "--continuation", "text", "--seed", "8")]
    public void What_cannot_be_scored_is_a_usage_error(string run, string message, params string[] args) =>
        Assert.Contains(message, Refused(2, run, args), StringComparison.Ordinal);

    [Fact]
    public void Files_that_are_not_lines_of_text_are_refused()
    {
        Assert.Contains("line 2: is empty", Refused(2, "calm", "--continuations", Write("a", "text\n\ntext\n")), StringComparison.Ordinal);
        Assert.Contains("is empty; it must", Refused(2, "calm", "--continuations", Write("b", "")), StringComparison.Ordinal);
        string binary = _run["c"];
        File.WriteAllBytes(binary, [(byte)'t', (byte)'\n', 0xFF, 0xFE]);
        Assert.Contains("line 2: is no UTF-8 text", Refused(2, "calm", "--continuations", binary), StringComparison.Ordinal);
        string many = Write("d", new StringBuilder().Insert(0, "t\n", 100_001).ToString());
        Assert.Contains("line 100001: is one too many", Refused(2, "calm", "--continuations", many), StringComparison.Ordinal);
        Assert.Contains("no such file", Refused(1, "calm", "--continuations", _run["nowhere"]), StringComparison.Ordinal);
        string endless = Write("e", new string('t', 65_537));
        Assert.Contains("at most 65,536", Refused(2, "calm", "--continuations", endless), StringComparison.Ordinal);
        Assert.Contains("a run of autoencoder", Refused(1, "ae", "--continuation", "text"), StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(_run[name], text);
        return _run[name];
    }

    private string Refused(int code, string run, params string[] args) =>
        TinyRun.Fails(code, ["score", _run[run], "--device", "host", .. args]);

    private JsonElement Json(string run, params string[] args) => JsonDocument.Parse(
        TinyRun.Succeeds(["score", _run[run], "--json", "--device", "host", .. args])).RootElement;
}
