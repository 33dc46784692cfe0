using System.Diagnostics;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>
/// Trains both stages within a time budget. A few steps are timed first, and the number of steps follows from the rest of it.
/// That of the language model is updated at each evaluation, so that its learning rate schedule ends with the time even
/// if the speed of the machine changes.
/// </summary>
internal sealed class Demo : IDisposable
{
    // Shares of the budget: docs/recipe.md.
    private const double AutoencoderShare = 0.12;
    private const int FewestAutoencoderSteps = 500;
    private const int MostAutoencoderSteps = 900;

    // Final evaluation, samples and report.
    private const double ReserveShare = 0.03;
    private const int FewestCalmSteps = 20;
    private const int Evaluations = 10;
    private const double TimingSeconds = 1;

    // If a machine slows down too late for the schedule to follow, training is cut short here.
    private const double MostOverrun = 1.03;
    private const long FinalEvaluationPatches = 24_576;
    private const int SampleTokens = 240;

    private static readonly (double Temperature, string Text, int Candidates)[] Temperatures =
        [(1, "1", 1), (0.5, "1/2", 200), (1.0 / 3, "1/3", 200), (1.0 / 6, "1/6", 200)];

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Device _device;
    private readonly Terminal _terminal;
    private readonly string _folder;
    private readonly TimeSpan _budget;

    /// <summary>A demo that leaves its files in a folder.</summary>
    public Demo(Device device, Terminal terminal, string folder, TimeSpan budget)
    {
        _device = device;
        _terminal = terminal;
        _folder = folder;
        _budget = budget;
    }

    private double LeftToTrain => (1 - ReserveShare) * _budget.TotalSeconds - _clock.Elapsed.TotalSeconds;

    /// <summary>Runs it.</summary>
    /// <param name="config">The preset with the user's changes.</param>
    /// <param name="seed">Seed of everything random.</param>
    /// <param name="textName">Name of the text in the report.</param>
    /// <param name="buildCorpus">Tokenises the text into a folder.</param>
    public DemoResult Run(RunConfig config, ulong seed, string textName, Func<string, Corpus> buildCorpus)
    {
        using Corpus corpus = buildCorpus(Path.Combine(_folder, "data"));
        config = config.With(corpus.Tokenizer);
        config = config with
        {
            AutoencoderTraining = config.AutoencoderTraining with { Seed = seed, Precision = _device.Precision },
            CalmTraining = config.CalmTraining with { Seed = seed, Precision = _device.Precision },
        };

        (config, TrainingOutcome autoencoder) = TrainAutoencoder(config, corpus);
        (config, TrainingOutcome calm) = TrainCalm(config, corpus);
        DemoMeasures measures = Measure(config, corpus, autoencoder, calm);
        string report = Path.Combine(_folder, "report.html");
        DemoReport page = DemoReports.Make(
            measures, config, corpus, textName, $"{_device.Name}, {_device.Description}", _clock.Elapsed.TotalSeconds,
            AutoencoderFolder, CalmFolder);
        SafeFile.Write(report, stream =>
        {
            using StreamWriter writer = new(stream, leaveOpen: true);
            HtmlReport.Write(page, writer);
        });
        return Result(measures, corpus, report);
    }

    /// <inheritdoc/>
    public void Dispose() => _clock.Stop();

    private string AutoencoderFolder => Path.Combine(_folder, "autoencoder");

    private string CalmFolder => Path.Combine(_folder, "calm");

    private (RunConfig Config, TrainingOutcome Outcome) TrainAutoencoder(RunConfig config, Corpus corpus)
    {
        using AutoencoderStage stage = StageFactory.Autoencoder(config, corpus, _device);
        return Train(stage, config, corpus, null, AutoencoderFolder, config.AutoencoderTraining, (training, step, _) =>
        {
            int affordable = (int)(AutoencoderShare * _budget.TotalSeconds / step);
            return training with { Steps = Math.Clamp(affordable, FewestAutoencoderSteps, MostAutoencoderSteps) };
        });
    }

    private (RunConfig Config, TrainingOutcome Outcome) TrainCalm(RunConfig config, Corpus corpus)
    {
        string autoencoder = RunFolder.Open(AutoencoderFolder).LatestModel();
        using CalmStage stage = StageFactory.Calm(config, autoencoder, corpus, _device);
        return Train(stage, config, corpus, autoencoder, CalmFolder, config.CalmTraining, (training, step, evaluation) =>
        {
            double seconds = Math.Max(1, LeftToTrain - Evaluations * evaluation);
            int steps = Math.Max(FewestCalmSteps, (int)(seconds / step));
            return training with
            {
                Steps = steps,
                WarmupSteps = Math.Min(training.WarmupSteps, steps / 10),
                EvaluateEvery = Math.Max(1, steps / Evaluations),
            };
        });
    }

    /// <summary>Times some steps and an evaluation, plans the number of steps, and trains.</summary>
    private (RunConfig Config, TrainingOutcome Outcome) Train(
        IStage stage, RunConfig config, Corpus corpus, string? autoencoder, string folder, TrainingConfig training,
        Func<TrainingConfig, double, double, TrainingConfig> plan)
    {
        bool isCalm = autoencoder is not null;
        RunFolder.Description description = RunFolder.Description.Of(stage.Stage, corpus, autoencoder, _device, config);
        using RunLock writer = RunLock.Take(folder);
        RunFolder run = RunFolder.Create(folder, description, keepLast: 1);
        using Interruption interruption = new();
        using ProgressLine progress = new(_terminal);
        using Trainer trainer = new(stage, training, _device, run, progress);
        double step = trainer.TimeStep(TimingSeconds);
        Use(plan(training, step, trainer.TimeEvaluation()));
        if (isCalm)
        {
            KeepTime(trainer, Use);
        }

        trainer.IsTimeUp = () => _clock.Elapsed > (MostOverrun - ReserveShare) * _budget;
        TrainingOutcome outcome = trainer.Run(interruption.Token);
        if (!outcome.Finished)
        {
            throw new CalmException(
                $"interrupted after step {outcome.Steps} of {stage.Stage.Name()}; saved in {run.Path}: "
                + $"calm train {stage.Stage.Name()} --run {run.Path} --resume goes on.");
        }

        run.Publish();
        return (With(trainer.Config), outcome);

        RunConfig With(TrainingConfig planned) =>
            isCalm ? config with { CalmTraining = planned } : config with { AutoencoderTraining = planned };

        void Use(TrainingConfig planned)
        {
            trainer.Config = planned;
            run.Describe(description with { Config = With(planned) });
        }
    }

    /// <summary>Updates the number of steps at each evaluation, by the speed since the previous one.</summary>
    private void KeepTime(Trainer trainer, Action<TrainingConfig> use)
    {
        TimeSpan before = _clock.Elapsed;
        trainer.AfterStep = step =>
        {
            TrainingConfig training = trainer.Config;
            if (step % training.EvaluateEvery != 0 || step == training.Steps)
            {
                return;
            }

            double seconds = (_clock.Elapsed - before).TotalSeconds / training.EvaluateEvery;
            before = _clock.Elapsed;
            use(training with { Steps = step + Math.Max(0, (int)(LeftToTrain / seconds)) });
        };
    }

    private DemoMeasures Measure(RunConfig config, Corpus corpus, TrainingOutcome autoencoder, TrainingOutcome calm)
    {
        using TrainedModel trained = TrainedModel.Open(CalmFolder, _device);
        HeldOutWindows windows = new(corpus.HeldOut, config.CalmTraining.ContextPatches, FinalEvaluationPatches);
        AutoencoderAccuracy accuracy = new AutoencoderEvaluator(trained.Model.Autoencoder, _device).Measure(windows);
        BrierTotals.Result score = new CalmEvaluator(trained.Model, _device, BrierEstimator.Clamped).Measure(windows);
        CountBaseline counts = new(corpus.Train.All(), corpus.Tokenizer.VocabularySize);
        (BrierTotals.Result unigram, BrierTotals.Result bigram) = CalmEvaluator.MeasureBaselines(counts, windows);
        return new DemoMeasures(
            autoencoder, calm, accuracy, score, unigram, bigram, trained.Model.Autoencoder.Parameters.Count,
            trained.Model.Parameters.Count, WriteSamples(trained, corpus));
    }

    private DemoResult Result(DemoMeasures m, Corpus corpus, string report) => new()
    {
        Device = $"{_device.Name}, {_device.Description}",
        Seconds = _clock.Elapsed.TotalSeconds,
        Tokenizer = new DemoResult.TokenizerResult(corpus.Tokenizer.Name, corpus.Tokenizer.VocabularySize),
        Autoencoder = new DemoResult.AutoencoderResult(
            m.Accuracy.Mean, m.Accuracy.Sampled, m.Accuracy.Perturbed, m.Autoencoder.Steps, m.Autoencoder.Seconds),
        Calm = new DemoResult.CalmResult(
            m.Score.BrierLm, m.Score.Brier, m.Score.Interval, m.Calm.Steps, m.Calm.Seconds),
        Baselines = new DemoResult.BaselineResult(
            m.Unigram.BrierLm, m.Unigram.Interval, m.Bigram.BrierLm, m.Bigram.Interval),
        Samples = m.Samples,
        Run = CalmFolder,
        Report = report,
    };

    /// <summary>Texts at several temperatures, from the beginning of a held-out document.</summary>
    private List<DemoResult.Sample> WriteSamples(TrainedModel trained, Corpus corpus)
    {
        TextGenerator generator = new(trained.Model, corpus.Tokenizer, _device);
        string prompt = Prompt(corpus);
        List<DemoResult.Sample> samples = [];
        foreach ((double temperature, string text, int candidates) in Temperatures)
        {
            GenerationRequest request = new(prompt, temperature, candidates, 1, SampleTokens);
            GeneratedText written = generator.Generate(request, _ => { });
            samples.Add(new DemoResult.Sample(
                prompt, text, candidates, request.Seed, written.Text, written.SecondsPerChunk));
        }

        return samples;
    }

    /// <summary>The first words of the first held-out document.</summary>
    private static string Prompt(Corpus corpus)
    {
        const int mostTokens = 24;
        (long start, int length) = corpus.HeldOut.Document(0);
        int[] ids = new int[Math.Min(length, mostTokens)];
        corpus.HeldOut.Read(start, ids);
        string text = corpus.Tokenizer.DecodeText(ids).Split('\n')[0];
        int space = text.LastIndexOf(' ');
        return space > 0 ? text[..space] : text;
    }
}
