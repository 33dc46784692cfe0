using System.Diagnostics;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>The texts that a demo writes, as many and as long as its time allows.</summary>
internal static class DemoSamples
{
    private const int MostPromptTokens = 24;

    private static readonly (double Temperature, string Text, int Candidates)[] Temperatures =
        [(1, "1", 1), (0.5, "1/2", 200), (1.0 / 3, "1/3", 200), (1.0 / 6, "1/6", 200)];

    /// <summary>The sample whose chunks cost most.</summary>
    public static GenerationRequest Costliest(string prompt) => Request(prompt, Temperatures.Length - 1, 1);

    /// <summary>Writes texts at several temperatures.</summary>
    /// <param name="trained">The model.</param>
    /// <param name="device">The device.</param>
    /// <param name="prompt">The beginning of all texts.</param>
    /// <param name="plan">The demo's plan.</param>
    /// <param name="chunk">Seconds that a chunk of the costliest sample takes now.</param>
    /// <param name="now">Seconds since the demo began.</param>
    public static List<DemoResult.Sample> Write(
        TrainedModel trained, Device device, string prompt, DemoPlan plan, double chunk, Func<double> now)
    {
        TextGenerator generator = new(trained.Model, trained.Tokenizer, device);
        List<DemoResult.Sample> samples = [];
        for (int i = 0; i < Temperatures.Length; i++)
        {
            int chunks = plan.Chunks(now(), Temperatures.Length - i, chunk);
            if (i == 0)
            {
                chunks = Math.Max(chunks, DemoPlan.FewestChunks); // one draw a chunk costs next to nothing
            }
            else if (chunks == 0)
            {
                break;
            }

            GenerationRequest request = Request(prompt, i, chunks * trained.Model.Config.PatchSize);
            long start = Stopwatch.GetTimestamp();
            GeneratedText written = generator.Generate(request, _ => { });
            if (request.Candidates > 1)
            {
                chunk = Math.Max(1e-6, Stopwatch.GetElapsedTime(start).TotalSeconds / chunks);
            }

            samples.Add(new DemoResult.Sample(
                prompt, Temperatures[i].Text, request.Candidates, request.Seed, written.Text, written.SecondsPerChunk));
        }

        return samples;
    }

    /// <summary>The first words of the first held-out document.</summary>
    public static string Prompt(Corpus corpus)
    {
        (long start, int length) = corpus.HeldOut.Document(0);
        int[] ids = new int[Math.Min(length, MostPromptTokens)];
        corpus.HeldOut.Read(start, ids);
        string text = corpus.Tokenizer.DecodeText(ids).Split('\n')[0];
        int space = text.LastIndexOf(' ');
        return space > 0 ? text[..space] : text;
    }

    private static GenerationRequest Request(string prompt, int sample, int tokens) =>
        new(prompt, Temperatures[sample].Temperature, Temperatures[sample].Candidates, 1, tokens);
}
