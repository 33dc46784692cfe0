using System.Diagnostics;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>What to write.</summary>
/// <param name="Prompt">How the text begins; may be empty.</param>
/// <param name="Temperature">1/n for a whole n.</param>
/// <param name="Candidates">Draws from which each patch is chosen; with temperature 1 one is taken.</param>
/// <param name="Seed">Seed of all choices.</param>
/// <param name="MostTokens">Tokens to add at most.</param>
internal sealed record GenerationRequest(
    string Prompt, double Temperature, int Candidates, ulong Seed, int MostTokens);

/// <summary>What was written.</summary>
/// <param name="Text">Prompt and continuation.</param>
/// <param name="Tokens">Tokens added.</param>
/// <param name="Candidates">Draws decoded for them.</param>
/// <param name="SecondsPerChunk">Time of a patch, without the prompt.</param>
/// <param name="Ended">Whether the model ended the text itself.</param>
internal sealed record GeneratedText(string Text, int Tokens, long Candidates, double SecondsPerChunk, bool Ended);

/// <summary>Continues a text, streaming it out on character boundaries.</summary>
internal sealed class TextGenerator(CalmModel model, ITokenizer tokenizer, Device device)
{
    // A prompt that ends inside a patch: how many pools are drawn for a candidate that agrees with its last tokens.
    private const int PoolsForPartialPatch = 8;

    private readonly int _patchSize = model.Config.PatchSize;

    /// <summary>Writes a text.</summary>
    /// <param name="request">What to write.</param>
    /// <param name="write">Called with each piece as soon as it is whole characters, the prompt first.</param>
    public GeneratedText Generate(GenerationRequest request, Action<string> write)
    {
        int agreement = BatchTemperature.Agreement(request.Temperature);
        int candidates = agreement == 1 ? 1 : request.Candidates;
        int[] prompt = tokenizer.Encode(request.Prompt);
        SeededGenerationNoise noise = new(model.Config, request.Seed);
        using CalmGenerator generator = new(model, device, 1, (prompt.Length + request.MostTokens) / _patchSize + 2);
        int partial = ReadPrompt(generator, prompt);
        write(request.Prompt);

        Utf8Stream decoder = new();
        List<string> pieces = [request.Prompt];
        int tokens = 0;
        long decoded = 0;
        bool ended = false;
        Stopwatch clock = Stopwatch.StartNew();
        int chunks = 0;
        while (!ended && tokens < request.MostTokens)
        {
            int[] patch = Next(generator, agreement, candidates, noise, prompt.AsSpan(prompt.Length - partial), ref decoded);
            ReadOnlySpan<int> added = patch.AsSpan(partial);
            partial = 0;
            chunks++;
            int end = added.IndexOf(tokenizer.EndOfText);
            ended = end >= 0;
            added = added[..Math.Min(ended ? end : added.Length, request.MostTokens - tokens)];
            tokens += added.Length;
            Emit(decoder.Append(tokenizer.Decode(added)));
            generator.Read(patch);
        }

        Emit(decoder.Finish());
        return new GeneratedText(
            string.Concat(pieces), tokens, decoded, clock.Elapsed.TotalSeconds / Math.Max(1, chunks), ended);

        void Emit(string piece)
        {
            pieces.Add(piece);
            write(piece);
        }
    }

    /// <summary>Reads the whole patches of a prompt and returns how many tokens are left over.</summary>
    private int ReadPrompt(CalmGenerator generator, int[] prompt)
    {
        int whole = prompt.Length / _patchSize * _patchSize;
        if (whole > 0)
        {
            generator.Read(prompt.AsSpan(0, whole));
        }
        else
        {
            // What stands before a document in training: the end of another.
            int[] boundary = [tokenizer.EndOfText, .. Enumerable.Repeat(tokenizer.Pad, _patchSize - 1)];
            generator.Read(boundary);
        }

        return prompt.Length - whole;
    }

    /// <summary>
    /// The next patch. Where the prompt ends inside it, only candidates that begin with the prompt's last tokens count; if
    /// none does, the likeliest patch has its beginning replaced by them.
    /// </summary>
    private static int[] Next(
        CalmGenerator generator, int agreement, int candidates, SeededGenerationNoise noise, ReadOnlySpan<int> begun,
        ref long decoded)
    {
        if (begun.IsEmpty)
        {
            decoded += candidates;
            return generator.Next(agreement, candidates, noise);
        }

        int[] patch = [];
        for (int pool = 0; pool < PoolsForPartialPatch; pool++)
        {
            int draws = Math.Max(candidates, 64);
            patch = generator.Next(agreement, draws, noise, begun, out bool agrees);
            decoded += draws;
            if (agrees)
            {
                return patch;
            }
        }

        begun.CopyTo(patch);
        return patch;
    }
}
