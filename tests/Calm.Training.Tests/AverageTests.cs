using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>
/// The moving average of the weights is measured, saved, resumed and read beside them, and changes nothing else.
/// </summary>
public sealed class AverageTests : IDisposable
{
    private const double Decay = 0.9;

    private static readonly TrainingConfig Config = new()
    {
        Steps = 10, WarmupSteps = 1, LearningRate = 0.1, Schedule = LearningRateSchedule.Constant, EmaDecay = Decay,
    };

    private readonly TemporaryFolder _folder = new();
    private readonly HostDevice _host = new(1);

    public void Dispose()
    {
        _host.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void It_follows_the_weights_and_leaves_them_as_they_are()
    {
        List<float> weights = Weights("with", Config);
        Assert.Equal(Weights("without", Config with { EmaDecay = 0 }), weights);
        double average = 1; // the initial weight
        for (int update = 1; update <= weights.Count; update++)
        {
            double decay = Math.Min(Decay, (1.0 + update) / (10.0 + update));
            average = decay * average + (1 - decay) * weights[update - 1];
        }

        Assert.Equal(average, Average("with"), 1e-6);
        Assert.False(AverageFile.IsIn(Latest("without")));
    }

    [Fact]
    public void A_run_that_goes_on_has_the_same_average()
    {
        Weights("whole", Config);
        Weights("parts", Config with { Steps = 5 });
        using OneWeight stage = new(_host, badStep: 0);
        using Trainer again = new(stage, Config, _host, RunFolder.Open(_folder["parts"]));
        Assert.Equal(5, again.Resume());
        again.Run();
        Assert.Equal(File.ReadAllBytes(AverageOf("whole")), File.ReadAllBytes(AverageOf("parts")));
    }

    [Fact]
    public void A_run_that_goes_on_with_it_begins_it_there_and_one_without_it_ends_it()
    {
        Weights("run", Config with { Steps = 4, EmaDecay = 0 });
        GoOn(Config with { Steps = 5 });
        Assert.NotEqual(1, Average("run"), 1e-3);
        GoOn(Config with { Steps = 6, EmaDecay = 0 });
        Assert.False(AverageFile.IsIn(Latest("run")));
        Assert.Contains(
            "keeps no moving average of its weights",
            Assert.Throws<CalmException>(() => RunFolder.Open(_folder["run"]).ReadAverage(new ParameterSet())).Message);

        void GoOn(TrainingConfig config)
        {
            using OneWeight stage = new(_host, badStep: 0);
            using Trainer trainer = new(stage, config, _host, RunFolder.Open(_folder["run"]));
            trainer.Resume();
            trainer.Run();
        }
    }

    [Fact]
    public void It_is_published_with_the_weights_and_an_older_one_goes()
    {
        RunFolder run = NewRun("run");
        Save(1, ModelFolder.WeightsFile, ModelFolder.ConfigFile, AverageFile.Name);
        Assert.Equal("1", File.ReadAllText(_folder["run/ema.safetensors"]));
        Save(2, ModelFolder.WeightsFile, ModelFolder.ConfigFile);
        Assert.Equal("2", File.ReadAllText(_folder["run/model.safetensors"]));
        Assert.False(AverageFile.IsIn(run.Path));

        void Save(int step, params string[] files)
        {
            run.Checkpoints.Save(step, writer => Array.ForEach(files, file => writer.Write(file, new[] { (byte)('0' + step) })));
            run.Publish();
        }
    }

    [Fact]
    public void A_model_of_patches_is_measured_and_read_with_either()
    {
        using TinyRuns runs = new(_host, steps: 4);
        RunConfig config = TinyRuns.Config(6);
        config = config with { CalmTraining = config.CalmTraining with { EmaDecay = Decay } };
        TrainingRun run = TrainingRun.Create(runs["average"], Stage.Calm, config, runs.Corpus, runs.Autoencoder);
        TrainingOutcome outcome = run.Train(_host);
        Assert.Contains("; averaged weights: BrierLM ", outcome.Measure!.Text, StringComparison.Ordinal);

        string weightsFile = Path.Combine(run.Folder, ModelFolder.WeightsFile);
        string averageFile = Path.Combine(run.Folder, AverageFile.Name);
        using (SafetensorsSet weights = SafetensorsSet.Open(weightsFile))
        using (SafetensorsSet average = SafetensorsSet.Open(averageFile))
        {
            Assert.Equal(weights.Names, average.Names);
        }

        GenerationRequest request = new("the ", MostTokens: 8);
        string text;
        using (LanguageModel model = LanguageModel.Open(run.Folder, _host, average: true))
        {
            text = model.Generate(request).Text;
        }

        // In place of the weights, it is read as they are.
        string latest = RunFolder.Open(run.Folder).LatestModel();
        using TrainedModel averaged = TrainedModel.Open(run.Folder, _host, average: true);
        string copy = Directory.CreateDirectory(runs["copy"]).FullName;
        File.Copy(averageFile, Path.Combine(copy, ModelFolder.WeightsFile));
        File.Copy(Path.Combine(latest, ModelFolder.ConfigFile), Path.Combine(copy, ModelFolder.ConfigFile));
        CalmModel alone = PublishedCheckpoint.LoadCalm(copy, _host);
        Assert.Equal(averaged.Model.Parameters.Values!.ToArray(), alone.Parameters.Values!.ToArray());
        Assert.Equal(text, new TextGenerator(alone, runs.Corpus.Tokenizer, _host).Generate(request, _ => { }).Text);
    }

    [Fact]
    public void An_evaluation_that_fails_leaves_the_weights_in_their_place()
    {
        List<float> measured = [];
        OneWeight? weight = null;
        using OneWeight stage = weight = new(_host, badStep: 0)
        {
            Score = _ =>
            {
                measured.Add(weight!.Weight.ToArray()[0]);
                return measured.Count < 2 ? 0.5 : throw new InvalidOperationException("no memory left");
            },
        };
        using Trainer trainer = new(stage, Config, _host, NewRun("run"));
        Assert.Throws<InvalidOperationException>(() => trainer.Run());
        Assert.Equal(2, measured.Distinct().Count());
        Assert.Equal(measured[0], stage.Weight.ToArray()[0]);
    }

    /// <summary>The weight after each step of a run.</summary>
    private List<float> Weights(string name, TrainingConfig config)
    {
        List<float> weights = [];
        using OneWeight stage = new(_host, badStep: 0);
        using Trainer trainer = new(stage, config, _host, NewRun(name));
        trainer.AfterStep = _ => weights.Add(stage.Weight.ToArray()[0]);
        trainer.Run();
        return weights;
    }

    private RunFolder NewRun(string name) => RunFolder.Create(
        _folder[name], new RunFolder.Description(Stage.Ar, "data", null, "", "", new RunConfig()), keepLast: 2);

    private string Latest(string name) => RunFolder.Open(_folder[name]).LatestModel();

    private string AverageOf(string name) => Path.Combine(Latest(name), AverageFile.Name);

    private double Average(string name)
    {
        using SafetensorsSet average = SafetensorsSet.Open(AverageOf(name));
        return average.Read<float>("weight")[0];
    }
}
