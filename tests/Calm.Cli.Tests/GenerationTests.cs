using System.Text.Json;
using Calm.Runtime;

namespace Calm.Cli.Tests;

/// <summary><c>calm generate</c> with its samplers and several prompts.</summary>
public sealed class GenerationTests(GenerationTests.Trained trained) : IClassFixture<GenerationTests.Trained>
{
    private static readonly string[] Prompts = ["the value", "an array is", "", "the method returned when a key was"];

    private readonly TinyRun _run = trained.Run;

    /// <summary>One model for all tests.</summary>
    public sealed class Trained : IDisposable
    {
        public Trained()
        {
            Run.TrainAutoencoder(200);
            TinyRun.Succeeds(Run.TrainCalm("calm", "--steps", "100"));
        }

        internal TinyRun Run { get; } = new();

        public void Dispose() => Run.Dispose();
    }

    [Theory]
    [InlineData(Sampler.Lazy, 0.5)]
    [InlineData(Sampler.Batch, 0.5)]
    [InlineData(Sampler.Exact, 0.7)]
    [InlineData(Sampler.Exact, 1)]
    public void Texts_written_together_are_those_written_alone(Sampler sampler, double temperature)
    {
        using HostDevice host = new(2);
        using TrainedModel model = TrainedModel.Open(_run["calm"], host);
        TextGenerator generator = new(model.Model, model.Corpus.Tokenizer, host);
        GenerationRequest request = new("", temperature, 50, 7, 40) { Sampler = sampler, MostCandidates = 200 };
        IReadOnlyList<GeneratedText> together = generator.Generate(request, Prompts, (_, _) => { }).Texts;
        Assert.Equal(Prompts.Length, together.Select(text => text.Text).Distinct().Count());
        for (int i = 0; i < Prompts.Length; i++)
        {
            GeneratedText alone = generator.Generate(request with { Prompt = Prompts[i] }, _ => { });
            Assert.Equal(alone with { SecondsPerChunk = 0 }, together[i] with { SecondsPerChunk = 0 });
            Assert.StartsWith(Prompts[i], alone.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_of_prompts_is_read_a_prompt_a_line_and_the_statistics_are_printed()
    {
        File.WriteAllLines(_run["prompts.txt"], Prompts);
        JsonElement result = Generate(
            "--prompt", "a key", "--prompts", _run["prompts.txt"], "--sampler", "exact", "--temperature", "0.4");
        Assert.Equal(
            ["a key", .. Prompts],
            result.GetProperty("texts").EnumerateArray().Select(text => text.GetProperty("prompt").GetString()));
        Assert.Equal("exact", result.GetProperty("sampler").GetString());
        Assert.Equal(5 * 24, result.GetProperty("tokens").GetInt32());
        int chunks = result.GetProperty("chunks").GetInt32();
        Assert.InRange(chunks, 5 * 6, 5 * 7);
        double mean = result.GetProperty("meanCandidates").GetDouble();
        Assert.Equal(result.GetProperty("candidates").GetInt64(), mean * chunks, 1e-6);
        Assert.InRange(result.GetProperty("mostCandidates").GetDouble(), mean, 10000);
        Assert.InRange(result.GetProperty("drawn").GetInt64(), result.GetProperty("candidates").GetInt64(), long.MaxValue);
        Assert.InRange(result.GetProperty("groupRate").GetDouble(), 0, 1);
        Assert.InRange(result.GetProperty("trialRate").GetDouble(), 0, result.GetProperty("groupRate").GetDouble());
        Assert.InRange(result.GetProperty("sumOfSquares").GetDouble(), 0, 1);
        Assert.InRange(result.GetProperty("atBound").GetInt32(), 0, chunks);
    }

    /// <summary>Five bytes end inside a patch of four: three tokens complete it, 21 are six patches of a draw each.</summary>
    [Fact]
    public void What_completes_a_prompt_is_no_choice_of_the_sampler()
    {
        JsonElement result = Generate(
            "--prompt", "Hello", "--temperature", "1", "--sampler", "exact", "--seed", "3");
        Assert.Equal(24, result.GetProperty("tokens").GetInt32());
        Assert.Equal(6, result.GetProperty("chunks").GetInt32());
        Assert.Equal(6, result.GetProperty("candidates").GetInt32());
        Assert.Equal(1, result.GetProperty("meanCandidates").GetDouble());
        Assert.Equal(1, result.GetProperty("mostCandidates").GetInt32());
        Assert.Equal(1, result.GetProperty("trialRate").GetDouble());
        Assert.Equal(6, result.GetProperty("texts")[0].GetProperty("candidates").GetInt32());
        int completion = result.GetProperty("completionCandidates").GetInt32();
        Assert.InRange(completion, 64, 8 * 64);
        Assert.Equal(0, completion % 64);
    }

    [Fact]
    public void A_single_prompt_has_its_text_at_the_top()
    {
        JsonElement result = Generate("--prompt", "the value");
        Assert.Equal("lazy", result.GetProperty("sampler").GetString());
        Assert.Equal(
            result.GetProperty("texts")[0].GetProperty("text").GetString(), result.GetProperty("text").GetString());
        Assert.Equal(JsonValueKind.Null, result.GetProperty("trialRate").ValueKind);
    }

    /// <summary>The stop string begins inside a patch of four bytes and ends inside another.</summary>
    [Fact]
    public void A_text_ends_before_a_stop_string_streamed_or_not()
    {
        const string prompt = "the value";
        JsonElement whole = Generate("--prompt", prompt);
        Assert.Equal("maxTokens", whole.GetProperty("ending").GetString());
        string text = whole.GetProperty("text").GetString()!;
        string stop = text[(prompt.Length + 9)..(prompt.Length + 14)];
        string expected = text[..text.IndexOf(stop, prompt.Length, StringComparison.Ordinal)];
        JsonElement result = Generate("--prompt", prompt, "--stop", "\u0001 is nowhere", "--stop", stop);
        Assert.Equal(expected, result.GetProperty("text").GetString());
        Assert.Equal("stop", result.GetProperty("ending").GetString());
        Assert.Equal("stop", result.GetProperty("texts")[0].GetProperty("ending").GetString());
        Assert.False(result.GetProperty("ended").GetBoolean());
        Assert.InRange(result.GetProperty("tokens").GetInt32(), 1, 23);
        string streamed = TinyRun.Succeeds(
            "generate", _run["calm"], "--prompt", prompt, "--max-tokens", "24", "--device", "host", "--stop", stop);
        Assert.Equal(expected + "\n", streamed.ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData("--stop", "")]
    [InlineData("--sampler", "greedy")]
    [InlineData("--sampler", "lazy", "--temperature", "0.7")]
    [InlineData("--temperature", "1.1")]
    [InlineData("--temperature", "0.7", "--max-candidates", "0")]
    [InlineData("--candidates", "0")]
    [InlineData("--prompts", "no such file")]
    public void Usage_errors_name_the_option(params string[] args) =>
        Assert.Contains("--", TinyRun.Fails(2, ["generate", _run["calm"], .. args]), StringComparison.Ordinal);

    [Fact]
    public void Prompts_that_are_no_text_are_refused_by_line()
    {
        File.WriteAllBytes(_run["bytes.txt"], [(byte)'a', (byte)'\n', 0xFF, (byte)'\n']);
        Assert.Contains(
            "line 2 is no UTF-8 text", TinyRun.Fails(2, ["generate", _run["calm"], "--prompts", _run["bytes.txt"]]),
            StringComparison.Ordinal);
    }

    private JsonElement Generate(params string[] args) => JsonDocument.Parse(TinyRun.Succeeds(
        ["generate", _run["calm"], "--max-tokens", "24", "--device", "host", "--json", .. args])).RootElement;
}
