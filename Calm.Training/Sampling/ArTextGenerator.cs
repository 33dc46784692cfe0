using System.Diagnostics;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>What a discrete model wrote.</summary>
/// <param name="Text">Prompt and continuation.</param>
/// <param name="Tokens">Tokens added.</param>
/// <param name="SecondsPerToken">Time of a token, without the prompt.</param>
/// <param name="Ended">Whether the model ended the text itself.</param>
internal sealed record ArText(string Text, int Tokens, double SecondsPerToken, bool Ended);

/// <summary>Continues a text token by token, streaming it out on character boundaries.</summary>
/// <param name="model">The model.</param>
/// <param name="corpus">Brings the tokenizer, and how documents end.</param>
/// <param name="device">Where the model's parameters are.</param>
internal sealed class ArTextGenerator(ArModel model, Corpus corpus, Device device)
{
    private readonly ITokenizer _tokenizer = corpus.Tokenizer;

    /// <summary>Writes a text.</summary>
    /// <param name="prompt">How it begins; may be empty.</param>
    /// <param name="sampling">How tokens are drawn.</param>
    /// <param name="seed">Seed of all choices.</param>
    /// <param name="mostTokens">Tokens to add at most.</param>
    /// <param name="write">Called with each piece as soon as it is whole characters, the prompt first.</param>
    public ArText Generate(string prompt, TokenSampling sampling, ulong seed, int mostTokens, Action<string> write)
    {
        int[] begin = Begin(prompt);
        using ArGenerator generator = new(model, device, 1, begin.Length + mostTokens, seed);
        generator.Read(begin);
        write(prompt);

        Utf8Stream decoder = new();
        List<string> pieces = [prompt];
        int tokens = 0;
        bool ended = false;
        Stopwatch clock = Stopwatch.StartNew();
        while (true)
        {
            int[] next = generator.Next(sampling);
            ended = next[0] == _tokenizer.EndOfText;
            if (ended)
            {
                break;
            }

            tokens++;
            Emit(decoder.Append(_tokenizer.BytesOf(next[0])));
            if (tokens == mostTokens)
            {
                break;
            }

            generator.Read(next);
        }

        Emit(decoder.Finish());
        return new ArText(string.Concat(pieces), tokens, clock.Elapsed.TotalSeconds / Math.Max(1, tokens), ended);

        void Emit(string piece)
        {
            pieces.Add(piece);
            write(piece);
        }
    }

    /// <summary>The prompt, or without one what stands before a document in training: the end of another.</summary>
    private int[] Begin(string prompt)
    {
        int[] ids = _tokenizer.Encode(prompt);
        return ids.Length > 0
            ? ids
            : [_tokenizer.EndOfText, .. Enumerable.Repeat(_tokenizer.Pad, corpus.Train.PatchSize - 1)];
    }
}
