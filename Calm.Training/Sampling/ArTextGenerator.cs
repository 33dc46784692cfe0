using System.Diagnostics;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>Continues a text token by token, streaming it out on character boundaries.</summary>
/// <param name="model">The model.</param>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="patchSize">The number of tokens to a multiple of which the documents of its text were padded.</param>
/// <param name="device">The device of the model's parameters.</param>
internal sealed class ArTextGenerator(ArModel model, ITokenizer tokenizer, int patchSize, Device device)
{
    /// <summary>Writes a text.</summary>
    /// <param name="request">The text to write.</param>
    /// <param name="write">Called with each piece as soon as it is whole characters, the prompt first.</param>
    /// <exception cref="SettingException">The request is out of range.</exception>
    public GeneratedText Generate(GenerationRequest request, Action<string> write)
    {
        TokenSampling sampling = new(request.Temperature, request.TopK, request.TopP);
        sampling.Check();
        request.RequireLimits();

        GrowingText text = new(request, tokenizer, 1, patchSize, write);
        int[] tokens = text.WholePatches;
        using ArGenerator generator = new(model, device, 1, tokens.Length + request.MostTokens, request.Seed);
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
