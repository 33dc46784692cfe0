using System.Diagnostics;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>Continues a text token by token, streaming it out on character boundaries.</summary>
/// <param name="model">The model.</param>
/// <param name="corpus">Brings the tokenizer, and how documents end.</param>
/// <param name="device">Where the model's parameters are.</param>
internal sealed class ArTextGenerator(ArModel model, Corpus corpus, Device device)
{
    /// <summary>Writes a text.</summary>
    /// <param name="prompt">How it begins; may be empty.</param>
    /// <param name="sampling">How tokens are drawn.</param>
    /// <param name="seed">Seed of all choices.</param>
    /// <param name="mostTokens">Tokens to add at most.</param>
    /// <param name="write">Called with each piece as soon as it is whole characters, the prompt first.</param>
    public GeneratedText Generate(
        string prompt, TokenSampling sampling, ulong seed, int mostTokens, Action<string> write)
    {
        GrowingText text = new(prompt, corpus.Tokenizer, 1, corpus.Train.PatchSize, mostTokens, write);
        int[] tokens = text.WholePatches;
        using ArGenerator generator = new(model, device, 1, tokens.Length + mostTokens, seed);
        generator.Read(tokens);
        Stopwatch clock = Stopwatch.StartNew();
        int chunks = 1;
        text.Add(tokens = generator.Next(sampling));
        for (; !text.IsFinished; chunks++)
        {
            generator.Read(tokens);
            text.Add(tokens = generator.Next(sampling));
        }

        return text.Finish(clock.Elapsed.TotalSeconds / chunks);
    }
}
