using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>Training, evaluation and generation by the public API, without the program.</summary>
public sealed class TrainingRunTests : IDisposable
{
    private readonly HostDevice _host = new(2);

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Both_stages_train_report_evaluate_and_write()
    {
        Reports reports = new();
        using TinyRuns runs = new(_host, steps: 20, reports);
        Assert.Equal(20, runs.Calm.Step);
        Assert.Equal(
            Enumerable.Range(1, 20), reports.Seen.Where(one => one is { Stage: Stage.Calm, Remark: null }).Select(one => one.Step));
        Assert.Contains(reports.Seen, one => one.Remark?.StartsWith("BrierLM", StringComparison.Ordinal) == true);
        Assert.Contains("brierLm", runs.Calm.Evaluate(_host).Values.Keys);

        using LanguageModel model = LanguageModel.Open(runs.Calm.Folder, _host);
        GenerationRequest request = new("the ", MostTokens: 12, Seed: 7);
        List<string> pieces = [];
        GeneratedText text = model.Generate(request, pieces.Add);
        Assert.StartsWith("the ", text.Text, StringComparison.Ordinal);
        Assert.Equal(text.Text, string.Concat(pieces));
        Assert.Equal(text.Text, model.Generate(request).Text);
        Assert.Equal("Prompt", Assert.Throws<ArgumentNullException>(() => new GenerationRequest(null!)).ParamName);
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => model.Generate(request));
    }

    [Fact]
    public void A_run_that_is_cancelled_goes_on_to_the_same_weights()
    {
        using TinyRuns runs = new(_host, steps: 6);
        RunConfig config = TinyRuns.Config(10);
        TrainingRun whole = TrainingRun.Create(runs["whole"], Stage.Ar, config, runs.Corpus);
        Assert.True(whole.Train(_host).Finished);
        TrainingRun parts = TrainingRun.Create(runs["parts"], Stage.Ar, config, runs.Corpus);
        using CancellationTokenSource source = new();
        Reports reports = new(step =>
        {
            if (step == 4)
            {
                source.Cancel();
            }
        });
        TrainingOutcome first = parts.Train(_host, reports, source.Token);
        Assert.False(first.Finished);
        Assert.Equal(4, TrainingRun.Open(parts.Folder).Step);
        Assert.True(TrainingRun.Open(parts.Folder).Train(_host).Finished);
        Assert.Equal(Weights(whole), Weights(parts));
        using LanguageModel model = LanguageModel.Open(parts.Folder, _host);
        Assert.Equal(5, model.Generate(new GenerationRequest("a key", Temperature: 1, MostTokens: 5) { TopK = 3 }).Tokens);
    }

    [Fact]
    public void A_language_model_needs_an_autoencoder_and_settings_in_range()
    {
        using TinyRuns runs = new(_host, steps: 2);
        RunConfig config = TinyRuns.Config(2);
        Assert.Contains("needs the run of an autoencoder", Refused<CalmException>(Stage.Calm, config), StringComparison.Ordinal);
        RunConfig wrong = config with { AutoencoderTraining = config.AutoencoderTraining with { Steps = -1 } };
        Assert.Equal("autoencoder_training.steps is -1, expected 1 to 1000000000.", Refused<SettingException>(Stage.Autoencoder, wrong));

        string Refused<T>(Stage stage, RunConfig refused) where T : Exception =>
            Assert.Throws<T>(() => TrainingRun.Create(runs["refused"], stage, refused, runs.Corpus).Train(_host)).Message;
    }

    private static byte[] Weights(TrainingRun run) => File.ReadAllBytes(Path.Combine(run.Folder, "model.safetensors"));

    private sealed class Reports(Action<int>? after = null) : IProgress<TrainingProgress>
    {
        public List<TrainingProgress> Seen { get; } = [];

        public void Report(TrainingProgress value)
        {
            Seen.Add(value);
            after?.Invoke(value.Step);
        }
    }
}
