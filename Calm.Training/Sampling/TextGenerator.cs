using System.Diagnostics;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>A text to write.</summary>
/// <param name="Prompt">The beginning of the text; may be empty.</param>
/// <param name="Temperature">In (0, 1], and for a discrete model from 0 on. The lower, the more usual the text.</param>
/// <param name="Candidates">Draws of a patch from which the batch and lazy samplers choose; at temperature 1, one.</param>
/// <param name="Seed">The same seed gives the same text.</param>
/// <param name="MostTokens">Tokens to add at most.</param>
public sealed record GenerationRequest(
    string Prompt, double Temperature = 0.5, int Candidates = 200, ulong Seed = 1, int MostTokens = 256)
{
    /// <summary>The text to continue; may be empty.</summary>
    public string Prompt { get; init; } = Prompt ?? throw new ArgumentNullException(nameof(Prompt));

    /// <summary>The sampler of patches; null for lazy at temperatures 1/n and exact at others.</summary>
    public Sampler? Sampler { get; init; }

    /// <summary>Most draws of a patch by the exact sampler.</summary>
    public int MostCandidates { get; init; } = TemperatureSamplers.MostCandidates;

    /// <summary>Discrete models draw among this many likeliest tokens; 0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>Discrete models draw among the fewest likeliest tokens with this share of probability; 1 for all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Texts before which a text ends: the one that is complete first. Those of the prompt do not count.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Checks the number of tokens, before memory is taken for them, and the stop strings.</summary>
    /// <exception cref="SettingException">One is out of range.</exception>
    internal void RequireLimits()
    {
        const int most = 1 << 24;
        if (MostTokens is < 1 or > most)
        {
            throw new SettingException($"max_tokens is {MostTokens}, expected 1 to {most}.");
        }

        if (Stop.Any(string.IsNullOrEmpty))
        {
            throw new SettingException("stop is empty, expected at least one character, before which the text ends.");
        }
    }

    /// <summary>The sampler.</summary>
    /// <exception cref="SettingException">The request is out of range.</exception>
    internal ITemperatureSampler CreateSampler() =>
        TemperatureSamplers.Create(Sampler, Temperature, Candidates, MostCandidates);
}

/// <summary>The reason why a text ends where it does.</summary>
public enum TextEnding
{
    /// <summary>The model ended it itself.</summary>
    EndOfText,

    /// <summary>A stop string would follow.</summary>
    Stop,

    /// <summary>It has as many tokens as were wanted.</summary>
    MaxTokens,
}

/// <summary>A text that was written.</summary>
/// <param name="Text">Prompt and continuation.</param>
/// <param name="Tokens">Tokens added, with those of a stop string.</param>
/// <param name="Candidates">Draws that the choices looked at, without those that completed the prompt.</param>
/// <param name="SecondsPerChunk">
/// Time of a patch, or of a discrete model's token, without the prompt; shared among texts written together.
/// </param>
/// <param name="Ending">The reason why it ends there.</param>
public sealed record GeneratedText(string Text, int Tokens, long Candidates, double SecondsPerChunk, TextEnding Ending)
{
    /// <summary>Whether the model ended the text itself.</summary>
    public bool Ended => Ending == TextEnding.EndOfText;
}

/// <summary>Texts written together.</summary>
/// <param name="Texts">One a prompt.</param>
/// <param name="Statistics">The cost of sampling.</param>
internal sealed record GeneratedTexts(IReadOnlyList<GeneratedText> Texts, SamplingStatistics Statistics);

/// <summary>Continues texts, streaming them out on character boundaries.</summary>
internal sealed class TextGenerator(CalmModel model, ITokenizer tokenizer, Device device)
{
    /// <summary>Writes a text.</summary>
    /// <param name="request">The text to write.</param>
    /// <param name="write">Called with each piece as soon as it is whole characters, the prompt first.</param>
    public GeneratedText Generate(GenerationRequest request, Action<string> write) =>
        Generate(request, [request.Prompt], (_, piece) => write(piece)).Texts[0];

    /// <summary>Writes several texts together; each is what it would be alone.</summary>
    /// <param name="request">The texts to write, but for the prompt.</param>
    /// <param name="prompts">The beginnings of the texts.</param>
    /// <param name="write">Called with the number of a text and each piece of it.</param>
    public GeneratedTexts Generate(GenerationRequest request, IReadOnlyList<string> prompts, Action<int, string> write)
    {
        SamplingStatistics statistics = new(request.CreateSampler().Kind);
        using TextBatch batch = new(model, tokenizer, device);
        GrowingText[] texts =
        [
            .. prompts.Select((prompt, i) =>
                batch.Add(request with { Prompt = prompt }, statistics, piece => write(i, piece))),
        ];
        Stopwatch clock = Stopwatch.StartNew();
        while (batch.Any)
        {
            batch.Next();
        }

        double seconds = clock.Elapsed.TotalSeconds / Math.Max(1, statistics.Chunks);
        return new GeneratedTexts([.. texts.Select(text => text.Finish(seconds))], statistics);
    }
}
