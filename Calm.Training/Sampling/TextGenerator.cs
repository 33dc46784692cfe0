using System.Diagnostics;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>What to write.</summary>
/// <param name="Prompt">How the text begins; may be empty.</param>
/// <param name="Temperature">In (0, 1].</param>
/// <param name="Candidates">N of a batch and its lazy form; with temperature 1 one is taken.</param>
/// <param name="Seed">Seed of all choices.</param>
/// <param name="MostTokens">Tokens to add at most.</param>
internal sealed record GenerationRequest(
    string Prompt, double Temperature, int Candidates, ulong Seed, int MostTokens)
{
    /// <summary>How patches are chosen: <see cref="TemperatureSamplers.Create"/>.</summary>
    public string? Sampler { get; init; }

    /// <summary>Draws of a patch that the exact sampler makes at most.</summary>
    public int MostCandidates { get; init; } = TemperatureSamplers.MostCandidates;

    /// <summary>The sampler.</summary>
    /// <exception cref="SettingException">The request is out of range.</exception>
    public ITemperatureSampler CreateSampler() =>
        TemperatureSamplers.Create(Sampler, Temperature, Candidates, MostCandidates);
}

/// <summary>What was written.</summary>
/// <param name="Text">Prompt and continuation.</param>
/// <param name="Tokens">Tokens added.</param>
/// <param name="Candidates">Draws that the choices looked at, without those that completed the prompt.</param>
/// <param name="SecondsPerChunk">Time of a patch without the prompt, shared among texts written together.</param>
/// <param name="Ended">Whether the model ended the text itself.</param>
internal sealed record GeneratedText(string Text, int Tokens, long Candidates, double SecondsPerChunk, bool Ended);

/// <summary>Texts written together.</summary>
/// <param name="Texts">One a prompt.</param>
/// <param name="Statistics">What sampling took.</param>
internal sealed record GeneratedTexts(IReadOnlyList<GeneratedText> Texts, SamplingStatistics Statistics);

/// <summary>Continues texts, streaming them out on character boundaries.</summary>
internal sealed class TextGenerator(CalmModel model, ITokenizer tokenizer, Device device)
{
    // A prompt that ends inside a patch: how many pools are drawn for a candidate that agrees with its last tokens.
    private const int PoolsForPartialPatch = 8;
    private const int LeastPool = 64;

    private readonly int _patchSize = model.Config.PatchSize;

    /// <summary>Writes a text.</summary>
    /// <param name="request">What to write.</param>
    /// <param name="write">Called with each piece as soon as it is whole characters, the prompt first.</param>
    public GeneratedText Generate(GenerationRequest request, Action<string> write) =>
        Generate(request, [request.Prompt], (_, piece) => write(piece)).Texts[0];

    /// <summary>Writes several texts together; each is what it would be alone.</summary>
    /// <param name="request">What to write, but for the prompt.</param>
    /// <param name="prompts">How the texts begin.</param>
    /// <param name="write">Called with the number of a text and each piece of it.</param>
    public GeneratedTexts Generate(GenerationRequest request, IReadOnlyList<string> prompts, Action<int, string> write)
    {
        ITemperatureSampler sampler = request.CreateSampler();
        SeededGenerationNoise noise = new(model.Config, request.Seed);
        int[][] ids = [.. prompts.Select(tokenizer.Encode)];
        int capacity = (ids.Max(prompt => prompt.Length) + request.MostTokens) / _patchSize + 2;
        using CalmGenerator generator = new(model, device, prompts.Count, capacity);
        GrowingText[] texts =
        [
            .. prompts.Select((prompt, i) =>
                new GrowingText(prompt, ids[i], _patchSize, tokenizer, request.MostTokens, piece => write(i, piece))),
        ];
        for (int i = 0; i < texts.Length; i++)
        {
            generator.Read(i, texts[i].WholePatches);
        }

        SamplingStatistics statistics = new(sampler.Name);
        Stopwatch clock = new();
        int[] open;
        for (int patch = 0; (open = [.. Numbers(texts, text => !text.IsFinished)]).Length > 0; patch++)
        {
            int[] whole = [.. open.Where(i => texts[i].Begun.IsEmpty)];
            foreach (int i in open.Except(whole).ToArray())
            {
                (int[] tokens, int candidates) = Complete(generator, request, patch, i, texts[i], noise);
                statistics.AddCompletion(candidates);
                texts[i].Add(tokens);
                Read(generator, i, texts[i], tokens);
            }

            clock.Start(); // all prompts are complete from here on
            ChosenPatch[] chosen = whole.Length > 0 ? generator.Next(sampler, patch, whole, noise) : [];
            for (int i = 0; i < whole.Length; i++)
            {
                statistics.Add(chosen[i]);
                texts[whole[i]].Add(chosen[i]);
                Read(generator, whole[i], texts[whole[i]], chosen[i].Tokens);
            }
        }

        double seconds = clock.Elapsed.TotalSeconds / Math.Max(1, statistics.Chunks);
        return new GeneratedTexts([.. texts.Select(text => text.Finish(seconds))], statistics);
    }

    private static void Read(CalmGenerator generator, int sequence, GrowingText text, int[] patch)
    {
        if (!text.IsFinished)
        {
            generator.Read(sequence, patch);
        }
    }

    private static IEnumerable<int> Numbers(GrowingText[] texts, Func<GrowingText, bool> which) =>
        Enumerable.Range(0, texts.Length).Where(i => which(texts[i]));

    /// <summary>
    /// The patch inside which a prompt ends: only candidates that begin with the prompt's last tokens count, and the batch rule
    /// for the nearest 1/n chooses; if none does in several pools, the likeliest patch has its beginning replaced.
    /// </summary>
    private static (int[] Tokens, int Candidates) Complete(
        CalmGenerator generator, GenerationRequest request, int patch, int sequence, GrowingText text,
        SeededGenerationNoise noise)
    {
        int agreement = (int)Math.Min(int.MaxValue, Math.Round(1 / request.Temperature));
        int candidates = Math.Max(agreement == 1 ? 1 : request.Candidates, LeastPool);
        int[] tokens = [];
        for (int pool = 1; pool <= PoolsForPartialPatch; pool++)
        {
            tokens = generator.Next(
                agreement, patch, sequence, (pool - 1) * candidates, candidates, noise, text.Begun, out bool agrees);
            if (agrees)
            {
                return (tokens, pool * candidates);
            }
        }

        text.Begun.CopyTo(tokens);
        return (tokens, PoolsForPartialPatch * candidates);
    }
}
