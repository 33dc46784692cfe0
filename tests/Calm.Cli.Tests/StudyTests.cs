using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Calm.Cli.Tests;

/// <summary>Studies from their command line, with models that train in seconds.</summary>
public sealed class StudyTests
{
    private const int Steps = 4;

    [Theory]
    [InlineData("metric")]
    [InlineData("k")]
    [InlineData("samples")]
    [InlineData("temperature")]
    [InlineData("regularizers")]
    [InlineData("heads")]
    public void A_study_leaves_a_page_with_every_number_a_plot_and_results(string study)
    {
        using TinyRun run = new();
        string page = run["page/study.md"];
        JsonElement result = Json(Study(run, study, "a", "--page", page, "--json"));
        Assert.Equal(study, result.GetProperty("study").GetString());
        Assert.True(result.GetProperty("conclusions").GetArrayLength() > 0);
        string text = File.ReadAllText(page);
        foreach (JsonElement one in result.GetProperty("measurements").EnumerateArray())
        {
            IEnumerable<string> numbers =
                one.GetProperty("values").EnumerateObject().Select(value => Readable.Short(value.Value.GetDouble()));
            string row = $"| {one.GetProperty("arm").GetString()} | {one.GetProperty("variant").GetString()} "
                + $"| {one.GetProperty("step").GetInt32()} | {string.Join(" | ", numbers)} |";
            Assert.Contains(row, text, StringComparison.Ordinal);
        }

        string timed = study == "heads" ? "secondsPerDraw" : "secondsOther";
        JsonElement[] last = [.. result.GetProperty("measurements").EnumerateArray().Where(IsLastOfModel)];
        Assert.NotEmpty(last);
        Assert.All(last, one => Assert.True(one.GetProperty("values").GetProperty(timed).GetDouble() > 0));
        Assert.Contains("intervals are wide", text, StringComparison.Ordinal);
        Assert.Contains($"./calm study {study} --minutes", text, StringComparison.Ordinal);
        Assert.Contains("](study.svg)", text, StringComparison.Ordinal);
        XElement plot = XElement.Load(Path.ChangeExtension(page, ".svg"));
        Assert.Contains(plot.Descendants(), element => element.Name.LocalName == "circle");
        int lines = File.ReadLines(Path.Combine(run["a"], "results.jsonl")).Count();
        Assert.Equal(result.GetProperty("measurements").GetArrayLength(), lines);

        bool IsLastOfModel(JsonElement one) =>
            one.GetProperty("variant").GetString() == "" && one.GetProperty("step").GetInt32() == Steps
            && one.GetProperty("round").GetInt32() + 1 == result.GetProperty("rounds").GetInt32();
    }

    [Fact]
    public void A_resumed_study_trains_only_what_is_missing_and_ends_with_the_same_table()
    {
        using TinyRun run = new();
        JsonElement whole = Json(Study(run, "samples", "whole", "--json"));
        Study(run, "samples", "cut", "--json");

        // As after a kill: the last five lines are not there, nor are the checkpoints of the arms that had not begun.
        string file = Path.Combine(run["cut"], "results.jsonl");
        string[] lines = File.ReadAllLines(file);
        File.WriteAllLines(file, lines[..^5]);
        string arm = Path.Combine(run["cut"], "arms", "s4-m1");
        Directory.Delete(arm, recursive: true);
        string kept = Path.Combine(run["cut"], "arms", "s2-m100", "log.jsonl");
        DateTime before = File.GetLastWriteTimeUtc(kept);

        JsonElement resumed = Json(TinyRun.Succeeds(
            "study", "samples", "--out", run["cut"], "--resume", "--json", "--device", "host", "--text", run.TextFile));
        Assert.Equal(before, File.GetLastWriteTimeUtc(kept));
        Assert.Equal(Values(whole), Values(resumed));
        Assert.Equal(
            whole.GetProperty("conclusions").EnumerateArray().Select(c => c.GetString()),
            resumed.GetProperty("conclusions").EnumerateArray().Select(c => c.GetString()));
    }

    [Fact]
    public void The_page_of_a_finished_study_is_made_anew_and_tells_every_option()
    {
        using TinyRun run = new();
        string typed = $"--steps {Steps} --text {run.TextFile} --tokenizer bpe --vocabulary 300 --threads 1";
        string first = run["first/study.md"];
        TinyRun.Succeeds([
            "study", "metric", "--out", run["a"], .. typed.Split(' '), "--page", first, "--set", "ar.rope_theta=9999.5",
            "--precision", "float32", "--device", "host", .. Discrete]);
        string page = File.ReadAllText(first);
        Assert.Contains(
            $"`./calm study metric --minutes 20 --seed 1 {typed} --set ar.rope_theta=9999.5 {string.Join(' ', Discrete)} "
            + "--precision float32 --device host`\n", page, StringComparison.Ordinal);

        string results = Path.Combine(run["a"], "results.jsonl");
        DateTime measured = File.GetLastWriteTimeUtc(results);
        File.Delete(Path.Combine(run["a"], "metric.md"));
        string second = run["second/study.md"];
        string[] again = ["study", "metric", "--out", run["a"], "--resume", "--device", "host"];
        TinyRun.Succeeds([.. again, "--page", second]);
        Assert.Equal(page, File.ReadAllText(second));
        Assert.True(File.Exists(Path.Combine(run["a"], "metric.md")));
        Assert.Equal(measured, File.GetLastWriteTimeUtc(results));

        TinyRun.Succeeds([.. again, "--minutes", "30", "--page", second]);
        TinyRun.Succeeds([.. again, "--minutes", "30", "--page", second]);
        Assert.Equal(
            page.Replace(
                "--device host`\n", "--device host`, then `./calm study metric --resume --device host --minutes 30`\n",
                StringComparison.Ordinal),
            File.ReadAllText(second));
        Assert.Contains("at least 0.1", TinyRun.Fails(2, [.. again, "--minutes", "0"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_study_with_hardly_any_time_ends_and_says_what_it_compares()
    {
        using TinyRun run = new();
        JsonElement result = Json(TinyRun.Succeeds([
            "study", "samples", "--minutes", "0.2", "--out", run["timed"], "--text", run.TextFile, "--json",
            .. TinyRun.Settings]));
        int complete = result.GetProperty("completeRounds").GetInt32();
        Assert.InRange(complete, 1, 2);
        string page = File.ReadAllText(result.GetProperty("page").GetString()!);
        Assert.Contains("intervals are wide", page, StringComparison.Ordinal);
        Assert.Equal(
            complete < 2, page.Contains("The budget ended the study after 1 of 2 rounds", StringComparison.Ordinal));
        SlowDown(run["timed"]);
        result = Json(TinyRun.Succeeds("study", "samples", "--out", run["timed"], "--resume", "--device", "host", "--json"));
        Assert.Equal(1, result.GetProperty("completeRounds").GetInt32());
        page = File.ReadAllText(result.GetProperty("page").GetString()!);
        Assert.Contains("Round 2 was left out: round 2 would have taken about", page, StringComparison.Ordinal);
        IEnumerable<int> stepsOfFirstRound = result.GetProperty("measurements").EnumerateArray()
            .Where(one => one.GetProperty("round").GetInt32() == 0)
            .Where(one => one.GetProperty("arm").GetString() != "autoencoder")
            .Select(one => one.GetProperty("step").GetInt32());
        Assert.Single(stepsOfFirstRound.Distinct());

        foreach ((double seconds, bool isEqual) in new[] { (11.0, true), (25, false) })
        {
            EndWith(run["timed"], seconds);
            result = Json(TinyRun.Succeeds("study", "samples", "--out", run["timed"], "--resume", "--device", "host", "--json"));
            page = File.ReadAllText(result.GetProperty("page").GetString()!);
            Assert.Equal(isEqual, !page.Contains("was to be equal and was not", StringComparison.Ordinal));
        }
    }

    /// <summary>Makes it so that a study has done its second round, for which its first arm took some seconds, others 10.</summary>
    private static void EndWith(string folder, double seconds)
    {
        string file = Path.Combine(folder, "results.jsonl");
        JsonObject[] first =
        [
            .. File.ReadLines(file).Select(text => JsonNode.Parse(text)!.AsObject()).Where(line => (int)line["round"]! == 0),
        ];
        List<string> lines = [.. first.Select(line => line.ToJsonString())];
        foreach (JsonObject line in first.Where(line => (string)line["arm"]! != "autoencoder"))
        {
            line["round"] = 1;
            line["values"]!["seconds"] = (string)line["arm"]! == "s2-m100" ? seconds : 10;
            lines.Add(line.ToJsonString());
        }

        File.WriteAllLines(file, lines);
    }

    /// <summary>Makes it so that a study has done its first round alone, just in time, with slow evaluations.</summary>
    private static void SlowDown(string folder)
    {
        string file = Path.Combine(folder, "results.jsonl");
        List<string> lines = [];
        foreach (JsonObject line in File.ReadLines(file).Select(text => JsonNode.Parse(text)!.AsObject())
                     .Where(line => (int)line["round"]! == 0))
        {
            line["elapsed"] = 11.5;
            line["values"]!["secondsOther"] = 0.3;
            lines.Add(line.ToJsonString());
        }

        File.WriteAllLines(file, lines);
    }

    [Fact]
    public void What_cannot_be_is_told_in_a_line()
    {
        using TinyRun run = new();
        Says("at least 0.1", 2, "samples", "--minutes", "0", "--out", run["x"]);
        Says("cannot be read as a study", 1, "samples", "--resume", "--out", run["x"]);
        Study(run, "samples", "a");
        Says("not empty", 1, "samples", "--out", run["a"]);
        Says("holds the study samples", 2, "temperature", "--resume", "--out", run["a"]);

        static void Says(string what, int code, params string[] args) =>
            Assert.Contains(what, TinyRun.Fails(code, ["study", .. args]), StringComparison.Ordinal);
    }

    private static string Study(TinyRun run, string study, string name, params string[] more) => TinyRun.Succeeds([
        "study", study, "--steps", $"{Steps}", "--out", run[name], "--text", run.TextFile, .. TinyRun.Settings, .. Discrete, .. more]);

    private static string[] Discrete =>
    [
        "--set", "ar.hidden_size=32", "--set", "ar.intermediate_size=48", "--set", "ar.num_hidden_layers=2",
    ];

    private static JsonElement Json(string output) => JsonDocument.Parse(output).RootElement;

    /// <summary>Everything measured but times.</summary>
    private static string[] Values(JsonElement result) =>
    [
        .. result.GetProperty("measurements").EnumerateArray()
            .OrderBy(one => one.GetProperty("arm").GetString(), StringComparer.Ordinal)
            .ThenBy(one => one.GetProperty("round").GetInt32())
            .Select(one => $"{one.GetProperty("arm")} {one.GetProperty("round")} {one.GetProperty("step")} "
                + string.Join(' ', one.GetProperty("values").EnumerateObject()
                    .Where(value => !value.Name.StartsWith("seconds", StringComparison.Ordinal))
                    .OrderBy(value => value.Name, StringComparer.Ordinal))),
    ];
}
