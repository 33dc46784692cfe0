// Trains a tiny CALM on a text file and lets it write.
//     dotnet run --project samples/TrainTinyCalm -c Release -- TEXT.txt [FOLDER]
using Calm.Runtime;
using Calm.Training;

if (args.Length == 0)
{
    Console.Error.WriteLine("usage: TrainTinyCalm TEXT.txt [FOLDER]");
    return 2;
}

string folder = args.Length > 1 ? args[1] : Path.Combine("runs", "tiny");
string In(string name) => Path.Combine(folder, name);

// The fastest device that is there: a GPU, or the processor.
using Device device = DeviceList.Open("auto");
Console.WriteLine($"device: {device.Description}");

// Both models are small enough to be trained in a minute or two. Settings that are not given have their defaults.
// AuxiliaryWeight lets the language model guess the next tokens too while it learns, which helps when training is short.
RunConfig config = new()
{
    Autoencoder = new AutoencoderConfig { HiddenSize = 64, IntermediateSize = 128, LatentSize = 32 },
    AutoencoderTraining = new TrainingConfig { Steps = 600, BatchSize = 256, LearningRate = 2e-3 },
    Calm = new CalmConfig
    {
        HiddenSize = 64, IntermediateSize = 172, NumHiddenLayers = 2, NumMlpLayers = 1, NumSamples = 4, NumTargets = 20,
        InitializerRange = 0.1f, AuxiliaryWeight = 4,
    },
    CalmTraining = new TrainingConfig
    {
        Steps = 2000, BatchSize = 4, ContextPatches = 32, LearningRate = 2e-3, EvaluateEvery = 500,
    },
};

// 1. Text becomes tokens. Here each byte is one; BpeTrainer.Train makes a tokenizer with longer ones. A part of the text is
//    held out: models are judged by text that they have not seen.
using Corpus corpus = Corpus.Build(
    In("text"), TextSource.Open(args[0]).Documents(), _ => new ByteTokenizer(), config.Autoencoder.PatchSize);
Console.WriteLine($"text: {corpus.TrainTokens:N0} tokens to learn from, {corpus.HeldOutTokens:N0} held out");

// 2. The autoencoder learns to turn a patch of four tokens into a vector of 32 numbers, the latent, and back.
ConsoleProgress progress = new();
TrainingRun autoencoder = TrainingRun.Create(In("autoencoder"), Stage.Autoencoder, config, corpus);
autoencoder.Train(device, progress);

// 3. The language model learns to draw the next latent from those before: four tokens with each of its steps.
TrainingRun calm = TrainingRun.Create(In("calm"), Stage.Calm, config, corpus, autoencoder);
calm.Train(device, progress);

// 4. BrierLM on the held-out text: the higher, the better. It depends on the text: compare it within one.
Console.WriteLine(calm.Evaluate(device).Text);

// 5. The trained model writes. The same seed gives the same text.
using LanguageModel model = LanguageModel.Open(calm.Folder, device);
Console.WriteLine(model.Generate(new GenerationRequest("The ", Temperature: 0.5, MostTokens: 100, Seed: 7)).Text);
return 0;

/// <summary>Prints remarks, such as evaluations, and every 200th step.</summary>
internal sealed class ConsoleProgress : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value)
    {
        if (value.Remark is not null || value.Step % 200 == 0)
        {
            Console.WriteLine($"{value.Stage} {value.Step}/{value.Steps}: {value.Remark ?? $"loss {value.Loss:F3}"}");
        }
    }
}
