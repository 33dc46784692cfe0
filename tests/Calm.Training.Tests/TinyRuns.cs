using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>An autoencoder and a language model of a small text, trained for a few steps by the public API.</summary>
internal sealed class TinyRuns : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TinyRuns(Device device, int steps = 60, IProgress<TrainingProgress>? progress = null)
    {
        string text = _folder.Write("text.txt", SmallText.Words(3000));
        Corpus = Corpus.Build(_folder["text"], TextSource.Open(text).Documents(), _ => new ByteTokenizer(), 4);
        Autoencoder = TrainingRun.Create(_folder["autoencoder"], Stage.Autoencoder, Config(steps), Corpus);
        Autoencoder.Train(device, progress);
        Calm = TrainingRun.Create(_folder["calm"], Stage.Calm, Config(steps), Corpus, Autoencoder);
        Calm.Train(device, progress);
    }

    public Corpus Corpus { get; }

    public TrainingRun Autoencoder { get; }

    public TrainingRun Calm { get; }

    /// <summary>A path inside the folder.</summary>
    public string this[string name] => _folder[name];

    /// <summary>Sizes of all models.</summary>
    public static RunConfig Config(int steps) => new()
    {
        Autoencoder = new AutoencoderConfig { HiddenSize = 32, IntermediateSize = 48, LatentSize = 16 },
        AutoencoderTraining = new TrainingConfig { Steps = steps, BatchSize = 64, EvaluationPatches = 64 },
        Calm = new CalmConfig
        {
            HiddenSize = 32, IntermediateSize = 48, NumHiddenLayers = 2, NumMlpLayers = 1, NoiseSize = 16, NumTargets = 20,
        },
        CalmTraining = new TrainingConfig { Steps = steps, BatchSize = 4, ContextPatches = 16, EvaluationPatches = 64 },
        Ar = new ArConfig { HiddenSize = 32, IntermediateSize = 48, NumHiddenLayers = 2 },
        ArTraining = new TrainingConfig { Steps = steps, BatchSize = 4, ContextTokens = 64, EvaluationPatches = 64 },
    };

    public void Dispose()
    {
        Corpus.Dispose();
        _folder.Dispose();
    }
}
