using System.Diagnostics;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>
/// Trains both stages within a time budget. The parts are timed first, and shares of the time follow from that:
/// <see cref="DemoPlan"/>. The number of steps is updated by the clock: <see cref="StageClock"/>.
/// </summary>
internal sealed class Demo : IDisposable
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Device _device;
    private readonly Terminal _terminal;
    private readonly DemoRequest _request;

    private double _slowdown = 1;

    /// <summary>A demo that leaves its files in a folder.</summary>
    public Demo(Device device, Terminal terminal, DemoRequest request)
    {
        _device = device;
        _terminal = terminal;
        _request = request;
    }

    private double Now => _clock.Elapsed.TotalSeconds;

    private string AutoencoderFolder => Path.Combine(_request.Folder, "autoencoder");

    private string CalmFolder => Path.Combine(_request.Folder, "calm");

    /// <summary>Runs it.</summary>
    /// <param name="config">The preset with the user's changes.</param>
    /// <param name="buildCorpus">Tokenises the text into a folder.</param>
    public DemoResult Run(RunConfig config, Func<string, Corpus> buildCorpus)
    {
        using Corpus corpus = buildCorpus(Path.Combine(_request.Folder, RunFolder.DataFolder));
        config = config.With(corpus.Tokenizer);
        config = config with
        {
            AutoencoderTraining = config.AutoencoderTraining with { Seed = _request.Seed, Precision = _device.Precision },
            CalmTraining = config.CalmTraining with { Seed = _request.Seed, Precision = _device.Precision },
        };
        string prompt = _request.Prompt ?? DemoSamples.Prompt(corpus);
        CountBaseline counts = _terminal.During(
            "counting for the baselines", _ => new CountBaseline(corpus.Train.All(), corpus.Tokenizer.VocabularySize));
        DemoPlan plan = Plan(config, corpus, prompt);
        (config, TrainingOutcome autoencoder) = TrainAutoencoder(config, corpus, plan);
        (config, TrainingOutcome calm) = TrainCalm(config, corpus, plan);
        DemoMeasures measures = Measure(config, corpus, plan, prompt, counts, autoencoder, calm);
        string report = Path.Combine(_request.Folder, "report.html");
        DemoReport page = DemoReports.Make(
            measures, config, corpus, _request, $"{_device.Name}, {_device.Description}", Now, AutoencoderFolder, CalmFolder);
        SafeFile.WriteText(report, writer => HtmlReport.Write(page, writer));
        return Result(measures, corpus, report);
    }

    /// <inheritdoc/>
    public void Dispose() => _clock.Stop();

    /// <summary>Times the parts, and says what will not fit before anything is trained.</summary>
    private DemoPlan Plan(RunConfig config, Corpus corpus, string prompt)
    {
        DemoTimer timer = new(_device, _terminal, Path.Combine(_request.Folder, "timing"));
        DemoCosts costs = timer.Measure(config, corpus, _request.Seconds, DemoSamples.Costliest(prompt));
        DemoPlan plan = new(_request.Seconds, costs);
        if (plan.DoesNotFit(Now) is { } least)
        {
            throw new UsageException(
                $"--minutes {Readable.Short(_request.Seconds / 60)}: reading the text and timing took {Readable.Duration(Now)}, "
                + $"and the least of a demo would end after {Readable.Duration(least)} on this machine; give --minutes "
                + $"{DemoRequest.MinutesFor(least)} or more.");
        }

        if (plan.TooShort(Now) is { } needed)
        {
            _terminal.Error.WriteLine(
                $"calm: {Readable.Duration(_request.Seconds)} are short on this machine, where a step of the autoencoder takes "
                + $"{Readable.Duration(costs.AutoencoderStep)} and one of the language model "
                + $"{Readable.Duration(costs.CalmStep)}: "
                + $"they will have learnt little; --minutes {DemoRequest.MinutesFor(needed)} would do.");
        }

        return plan;
    }

    private (RunConfig Config, TrainingOutcome Outcome) TrainAutoencoder(RunConfig config, Corpus corpus, DemoPlan plan)
    {
        using AutoencoderStage stage = StageFactory.Autoencoder(config, corpus, _device);
        return Train(stage, config, corpus, null, AutoencoderFolder, plan.Autoencoder(Now));
    }

    private (RunConfig Config, TrainingOutcome Outcome) TrainCalm(RunConfig config, Corpus corpus, DemoPlan plan)
    {
        string autoencoder = RunFolder.Open(AutoencoderFolder).LatestModel();
        using CalmStage stage = StageFactory.Calm(config, autoencoder, corpus, _device);
        return Train(stage, config, corpus, autoencoder, CalmFolder, plan.Calm(Now, _slowdown));
    }

    /// <summary>Trains for as many steps as the clock allows.</summary>
    private (RunConfig Config, TrainingOutcome Outcome) Train(
        IStage stage, RunConfig config, Corpus corpus, string? autoencoder, string folder, StageClock clock)
    {
        TrainingConfig first = config.Training(stage.Stage);
        RunFolder.Description description = RunFolder.Description.Of(stage.Stage, corpus, autoencoder, _device, config);
        using RunLock writer = RunLock.Take(folder);
        RunFolder run = RunFolder.Create(folder, description, keepLast: 1);
        using Interruption interruption = new();
        using ProgressLine progress = new(_terminal);
        using Trainer trainer = new(stage, first, _device, run, progress) { Begins = progress.Begin };
        Use(first with { WarmupSteps = Math.Min(first.WarmupSteps, clock.Steps / 10) });
        KeepTime(trainer, clock, () => Use(trainer.Config));
        TrainingOutcome outcome = trainer.Run(interruption.Token);
        if (!outcome.Finished)
        {
            throw new CalmException(
                $"interrupted after step {outcome.Steps} of {stage.Stage.Name()}; saved in {run.Path}: "
                + $"calm train {stage.Stage.Name()} --run {run.Path} --resume goes on.");
        }

        run.Publish();
        _slowdown *= clock.Slowdown;
        return (config.With(stage.Stage, trainer.Config), outcome);

        void Use(TrainingConfig planned)
        {
            trainer.Config = planned with { Steps = clock.Steps, EvaluateEvery = clock.EvaluateEvery };
            run.Describe(description with { Config = config.With(stage.Stage, trainer.Config) });
        }
    }

    /// <summary>Tells the clock how long steps and evaluations take, and follows it.</summary>
    private void KeepTime(Trainer trainer, StageClock clock, Action follow)
    {
        double ended = Now;
        trainer.IsTimeUp = () => clock.IsTimeUp(Now);
        trainer.AroundStep = step =>
        {
            double start = Now;
            step();
            ended = Now;
            clock.Stepped(ended - start);
        };
        trainer.AfterStep = step =>
        {
            if (step % clock.EvaluateEvery == 0)
            {
                clock.Evaluated(Now - ended);
            }

            if (clock.Review(step, Now))
            {
                follow();
            }
        };
    }

    private DemoMeasures Measure(
        RunConfig config, Corpus corpus, DemoPlan plan, string prompt, CountBaseline counts, TrainingOutcome autoencoder,
        TrainingOutcome calm)
    {
        using TrainedModel trained = TrainedModel.Open(CalmFolder, _device);
        HeldOutWindows windows = new(
            corpus.HeldOut, config.CalmTraining.ContextPatches, plan.FinalPatches(Now, _slowdown));
        AutoencoderAccuracy accuracy = _terminal.During(
            "measuring the autoencoder",
            activity => new AutoencoderEvaluator(trained.Model.Autoencoder, _device).Measure(windows, activity));
        BrierTotals.Result score = _terminal.During(
            "measuring the language model",
            activity => new CalmEvaluator(trained.Model, _device, BrierEstimator.Clamped).Measure(windows, activity));
        (BrierTotals.Result unigram, BrierTotals.Result bigram) = CalmEvaluator.MeasureBaselines(counts, windows);
        string? untrained = DemoVerdict.Of(
            accuracy.Mean, autoencoder.Steps, calm.Steps, score.BrierLm,
            TrainingLog.Read(Path.Combine(CalmFolder, TrainingLog.FileName)));
        if (untrained is not null && plan.TooShort(0) is { } needed)
        {
            untrained += $"; --minutes {DemoRequest.MinutesFor(needed)} would do on this machine";
        }

        List<DemoResult.Sample> samples = untrained is not null ? [] : _terminal.During("writing", _ => DemoSamples.Write(
            trained, _device, prompt, plan, _slowdown * plan.Costs.Chunk, () => Now));
        return new DemoMeasures(
            autoencoder, calm, accuracy, score, unigram, bigram, trained.Model.Autoencoder.Parameters.Count,
            trained.Model.Parameters.Count, samples, untrained, MoreText(corpus, prompt));
    }

    /// <summary>The command that writes more text, as it can be typed. A series is continued without a prompt.</summary>
    private string MoreText(Corpus corpus, string prompt)
    {
        string command = NextStep.Command("generate", CalmFolder);
        return SeriesInfo.Find(corpus.Folder) is null
            ? $"{command} --prompt {TypedCommand.Quoted(prompt)} --temperature 0.5"
            : command;
    }

    private DemoResult Result(DemoMeasures m, Corpus corpus, string report) => new()
    {
        Device = $"{_device.Name}, {_device.Description}",
        Seconds = Now,
        Tokenizer = new DemoResult.TokenizerResult(corpus.Tokenizer.Name, corpus.Tokenizer.VocabularySize),
        Autoencoder = new DemoResult.AutoencoderResult(
            m.Accuracy.Mean, m.Accuracy.Sampled, m.Accuracy.Perturbed, m.Autoencoder.Steps, m.Autoencoder.Seconds),
        Calm = new DemoResult.CalmResult(
            m.Score.BrierLm, m.Score.Brier, m.Score.Interval, m.Calm.Steps, m.Calm.Seconds),
        Baselines = new DemoResult.BaselineResult(
            m.Unigram.BrierLm, m.Unigram.Interval, m.Bigram.BrierLm, m.Bigram.Interval),
        Samples = m.Samples,
        Untrained = m.Untrained,
        MoreText = m.MoreText,
        Run = CalmFolder,
        Report = report,
    };
}
