using System.Text.Json.Nodes;

namespace Calm.Cli.Tests;

/// <summary>A run is measured on any text, with any context, and says what its numbers depend on.</summary>
public sealed class EvaluatedTextTests : IDisposable
{
    private readonly TinyRun _run = new();

    public EvaluatedTextTests()
    {
        _run.TrainAutoencoder(steps: 2);
        TinyRun.Succeeds(_run.TrainCalm("calm", "--steps", "2"));
    }

    [Fact]
    public void The_context_changes_the_windows_and_nothing_else()
    {
        JsonNode own = Evaluate();
        Assert.Equal(own.ToJsonString(), Evaluate("--context", "64").ToJsonString());
        JsonNode shorter = Evaluate("--context", "32");
        Assert.Equal(32, (int)shorter["protocol"]!["contextTokens"]!);
        foreach (string same in new[] { "textSha256", "tokensSha256", "documents", "tokens", "layout", "tokenizer", "estimator", "draws", "seed", "weights" })
        {
            Assert.Equal(own["protocol"]![same]?.ToJsonString(), shorter["protocol"]![same]?.ToJsonString());
        }

        Assert.Equal("1 2 4 8", string.Join(' ', own["curve"]!.AsArray().Select(part => (int)part!["first"]!)));
        Assert.Equal((long)own["windows"]!, own["curve"]!.AsArray().Sum(part => (long)part!["windows"]!));
        Assert.Contains("multiple of the patches", Fails("--context", "33"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_of_ones_own_and_the_papers_protocol_are_on_the_card()
    {
        string text = _run["text.jsonl"];
        File.WriteAllLines(text, ((int[])[80, 60]).Select(words => new JsonObject { ["text"] = SmallText.Words(words) }.ToJsonString()));
        JsonNode card = Evaluate("--data", text)["protocol"]!;
        Assert.Equal((text, 2, "ended", "clamped"), Summary(card));
        Assert.Equal(64, ((string)card["textSha256"]!).Length);
        JsonNode papers = Evaluate("--data", text, "--protocol", "paper")["protocol"]!;
        Assert.Equal((text, 2, "begun", "published"), Summary(papers));
        Assert.Equal(card["textSha256"]!.ToJsonString(), papers["textSha256"]!.ToJsonString());

        // Bytes, and for each document a begin, in one window: the text is shorter than the context.
        int bytes = SmallText.Words(80).Length + SmallText.Words(60).Length;
        Assert.Equal((bytes + 2, 1), ((int)papers["tokens"]!, (int)papers["contexts"]!));
        Assert.Contains("--protocol paper", Fails("--protocol", "paper"), StringComparison.Ordinal);
        Assert.Contains("--estimator", Fails("--data", text, "--protocol", "paper", "--estimator", "clamped"), StringComparison.Ordinal);

        static (string, int, string, string) Summary(JsonNode card) => (
            (string)card["text"]!, (int)card["documents"]!, (string)card["layout"]!, (string)card["estimator"]!);
    }

    public void Dispose() => _run.Dispose();

    private JsonNode Evaluate(params string[] more) =>
        JsonNode.Parse(TinyRun.Succeeds(["evaluate", _run["calm"], "--json", "--device", "host", .. more]))!;

    private string Fails(params string[] more) => TinyRun.Fails(2, ["evaluate", _run["calm"], "--device", "host", .. more]);
}
