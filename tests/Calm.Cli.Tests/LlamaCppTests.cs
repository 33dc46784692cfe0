using System.Reflection;
using Calm.Runtime;
using LLama;
using LLama.Common;
using LLama.Native;

namespace Calm.Cli.Tests;

/// <summary>llama.cpp, through LLamaSharp and its back end for CPUs, runs exported GGUF files and writes the same tokens.</summary>
public sealed class LlamaCppTests : IDisposable
{
    private const int Tokens = 64;

    private readonly TemporaryFolder _folder = new();

    static LlamaCppTests()
    {
        // The package's libraries stay where they are: a copy of them all would be 150 MB.
        string folder = typeof(LlamaCppTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(data => data.Key == "LlamaCpp").Value!;
        NativeLibraryConfig.All.WithLibrary(
            Path.Combine(folder, "libllama.so"), Path.Combine(folder, "libmtmd.so")).WithLogCallback((_, _) => { });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_same_greedy_tokens_come_from_both(bool isTied)
    {
        string run = _folder["run"];
        if (isTied)
        {
            TinyRun.Succeeds("import", Tied(), "--run", run, "--tokenizer", "bytes");
        }
        else
        {
            TinyRun.Succeeds("import", Path.Combine(Golden.Checkpoints, "ar_llama"), "--run", run);
        }

        string file = _folder["model.gguf"];
        TinyRun.Succeeds("export", run, "--format", "gguf", "--to", file);
        string prompt = isTied ? "ab cd" : "3 17 5 9";
        int[] ids = RunFolder.Open(run).OpenTokenizer().Encode(prompt);
        using HostDevice host = new(2);
        using TrainedArModel trained = TrainedArModel.Open(run, host);
        Assert.Equal(Greedy(trained.Model, host, ids), ByLlamaCpp(file, ids, isTied ? prompt : null));
        Assert.Contains("is there", TinyRun.Fails(2, "export", run, "--format", "gguf", "--to", file), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static List<int> Greedy(ArModel model, HostDevice host, int[] prompt)
    {
        using ArGenerator generator = new(model, host, 1, prompt.Length + Tokens, seed: 1);
        List<int> written = [];
        for (int[] next = prompt; written.Count < Tokens; written.AddRange(next))
        {
            generator.Read(next);
            next = generator.Next(new TokenSampling(0, 0, 1));
        }

        return written;
    }

    private static List<int> ByLlamaCpp(string file, int[] prompt, string? text)
    {
        ModelParams settings = new(file) { ContextSize = 256, GpuLayerCount = 0 };
        using LLamaWeights weights = LLamaWeights.LoadFromFile(settings);
        using LLamaContext context = weights.CreateContext(settings);
        if (text is not null)
        {
            Assert.Equal(prompt, context.Tokenize(text, addBos: false).Select(token => (int)token));
        }

        LLamaBatch batch = new();
        int position = 0;
        foreach (int id in prompt)
        {
            batch.Add((LLamaToken)id, position++, LLamaSeqId.Zero, position == prompt.Length);
        }

        List<int> written = [];
        while (written.Count < Tokens)
        {
            Assert.Equal(DecodeResult.Ok, context.Decode(batch));
            ReadOnlySpan<float> logits = context.NativeHandle.GetLogitsIth(batch.TokenCount - 1);
            written.Add(IndexOfMax(logits));
            batch.Clear();
            batch.Add((LLamaToken)written[^1], position++, LLamaSeqId.Zero, true);
        }

        return written;
    }

    private static int IndexOfMax(ReadOnlySpan<float> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            best = values[i] > values[best] ? i : best;
        }

        return best;
    }

    /// <summary>A checkpoint of bytes with a tied table and grouped queries.</summary>
    private string Tied()
    {
        using HostDevice host = new(1);
        ArModel model = new(new ArConfig
        {
            HiddenSize = 32, IntermediateSize = 48, NumHiddenLayers = 2, NumAttentionHeads = 4, NumKeyValueHeads = 2,
            InitializerRange = 0.3f, RopeTheta = 500, TieWordEmbeddings = true,
        });
        model.Parameters.Allocate(host, trainable: false);
        model.Parameters.Initialize(RandomStreams.ArWeights(1));
        return new CheckpointFolder(_folder["tied"], 1).Save(1, writer => ModelFolder.Write(writer, model)).Folder;
    }
}
