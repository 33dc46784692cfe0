using System.CommandLine;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary><c>calm train autoencoder</c>, <c>calm train calm</c> and <c>calm train ar</c>.</summary>
internal sealed class TrainCommand
{
    private readonly Stage _stage;
    private readonly Terminal _terminal;
    private readonly DeviceOptions _devices;
    private readonly CorpusOptions _corpus;
    private readonly TrainSettings _settings;
    private readonly TypedChoices _choices;

    private readonly Option<string> _run = new("--run") { Description = "Folder of the run, empty or not there" };
    private readonly Option<bool> _resume = new("--resume")
    {
        Description = "Go on with the run in that folder; the rest as typed before, or left out",
    };

    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Say what the run would take, and stop" };
    private readonly Option<string?> _gradients = new("--save-gradients")
    {
        Description = "Write the gradients of the first step that is run to this safetensors file",
    };

    private readonly Option<string?> _profile = new("--profile")
    {
        Description = "Profile the fourth to the eighth step that is run: a table on standard error, a trace in this file",
    };

    private readonly Option<string> _autoencoder = new("--autoencoder")
    {
        Description = "Run of the trained autoencoder, whose tokenizer is used, and whose text unless --data names another; "
            + "with --from the one that comes along",
    };

    private readonly StartOption _start;

    private TrainCommand(Command command, Stage stage, Terminal terminal)
    {
        _stage = stage;
        _terminal = terminal;
        if (stage != Stage.Autoencoder)
        {
            command.Options.Add(_autoencoder);
        }

        bool hasChoice = stage != Stage.Calm;
        _corpus = new CorpusOptions(command, tokenizer: hasChoice, decided: !hasChoice, otherwise: stage switch
        {
            Stage.Calm => "that of --autoencoder's run",
            Stage.Ar => $"that of --autoencoder's run, without one {CorpusOptions.OwnText}",
            _ => CorpusOptions.OwnText,
        }, validates: true);
        _run.DefaultValueFactory = _ => $"runs/{stage.Name()}";
        if (stage == Stage.Calm)
        {
            _autoencoder.DefaultValueFactory = _ => "runs/autoencoder";
        }

        _start = new StartOption(command, stage);
        foreach (Option option in new Option[] { _run, _resume, _dryRun, _gradients, _profile })
        {
            command.Options.Add(option);
        }

        _settings = new TrainSettings(command, stage);
        _choices = new TypedChoices(_corpus, _settings.Preset, _autoencoder, _start.Option);
        _devices = new DeviceOptions(command);
    }

    public static Command Create(Terminal terminal)
    {
        Command train = new(
            "train",
            "Train a model: calm train autoencoder, then calm train calm; or calm train ar. "
            + "Example: calm train autoencoder --data books/ --run runs/autoencoder");
        train.Subcommands.Add(Create(
            Stage.Autoencoder,
            "Train an autoencoder. Example: calm train autoencoder --data books/ --run runs/autoencoder --steps 600",
            terminal));
        train.Subcommands.Add(Create(
            Stage.Calm,
            "Train a language model. Example: calm train calm --autoencoder runs/autoencoder --run runs/calm --steps 3000",
            terminal));
        train.Subcommands.Add(Create(
            Stage.Ar,
            "Train a discrete model, a Llama, token by token. "
            + "Example: calm train ar --autoencoder runs/autoencoder --run runs/ar",
            terminal));
        return train;
    }

    private static Command Create(Stage stage, string description, Terminal terminal)
    {
        Command command = new(stage.Name(), description);
        TrainCommand train = new(command, stage, terminal);
        command.SetAction(train.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        using Device device = _devices.Open(parsed, _terminal, profiling: parsed.GetValue(_profile) is not null);
        string path = parsed.GetValue(_run)!;
        bool resumes = parsed.GetValue(_resume);
        RunFolder.Description? known = resumes ? RunFolder.Open(path).ReadDescription() : null;
        if (known is not null && known.Stage != _stage)
        {
            throw new UsageException($"--run {path}: is a run of {known.Stage.Name()}, not of {_stage.Name()}.");
        }

        if (known?.ImportedFrom is not null)
        {
            throw new UsageException($"--run {path}: was imported, so there is no training to go on with; begin one --from it.");
        }

        _choices.RefuseOther(parsed, known);
        StartingPoint? start = known is null ? _start.Read(parsed) : null;
        RunConfig config = _settings.Read(
            parsed, known?.Config, start, AutoencoderConfig(parsed, known, start), _devices.PrecisionOf(parsed));
        ConfigCheck.Stage(config, _stage);
        start?.RequireSizes(config);
        config = known is null && start is null ? WithFittingPatch(parsed, config) : config;
        if (parsed.GetValue(_dryRun))
        {
            return DryRun.Report(_stage, config, device, _terminal);
        }

        OutputFile.Require(parsed.GetValue(_gradients));
        OutputFile.Require(parsed.GetValue(_profile));
        using RunLock writer = RunLock.Take(path);
        if (known is null)
        {
            RunFolder.RequireEmpty(path);
        }

        string? autoencoder = _stage == Stage.Calm ? AutoencoderModel(parsed, path, known, start) : null;
        using Corpus corpus = known is null
            ? start is null ? NewCorpus(parsed, path, config) : CorpusOf(start, parsed, path, config)
            : _terminal.During("reading the text", _ => KnownCorpus(parsed, path));
        if (known is null && SeriesInfo.Find(corpus.Folder) is not null && _settings.LeavesSteps(parsed))
        {
            AdviseSteps(config.Training(_stage), corpus);
        }


        // A trained model brings its ids along, of which one for padding may be none.
        bool hasIds = start is not null || known?.BeganFrom is not null;
        config = hasIds ? config : config.With(corpus.Tokenizer);
        using IStage stage = _terminal.During(
            "preparing the model", _ => StageFactory.Create(_stage, config, autoencoder, corpus, device));
        start?.Load(stage.Parameters);
        TrainingConfig training = config.Training(_stage);
        if (training.Precision != device.Precision)
        {
            device.Precision = training.Precision;
            _terminal.Error.WriteLine($"precision: {device.PrecisionText}");
        }

        RunFolder.Description description = known is null
            ? RunFolder.Description.Of(_stage, corpus, autoencoder, device, config).From(start) with
            {
                Typed = _choices.Of(parsed),
            }
            : known.With(corpus, device, config);
        RunFolder run = known is null
            ? RunFolder.Create(path, description, training.KeepLast)
            : RunFolder.Open(path, training.KeepLast);
        return Train(parsed, stage, training, device, run, description, resumes);
    }

    private int Train(
        ParseResult parsed, IStage stage, TrainingConfig training, Device device, RunFolder run,
        RunFolder.Description description, bool resumes)
    {
        using Interruption interruption = new();
        using ProgressLine progress = new(_terminal);
        using Trainer trainer = new(stage, training, device, run, progress) { Begins = progress.Begin };
        if (resumes)
        {
            int step = _terminal.During("reading the checkpoint", _ => trainer.Resume());
            _terminal.Error.WriteLine(
                step > 0
                    ? $"resuming {run.Path} after step {step}"
                    : $"{run.Path} was never saved: it starts again at step 1");
            foreach (string change in ConfigReader.Changes(run.ReadDescription().Config, description.Config))
            {
                _terminal.Error.WriteLine($"changed: {change}");
            }

            // Only now: settings that the checkpoint refuses must not replace those that it was made with.
            run.Describe(description);
        }

        if (parsed.GetValue(_gradients) is { } file)
        {
            trainer.AfterStep = _ =>
            {
                Weights.SaveGradients(stage.Parameters, file);
                trainer.AfterStep = null;
            };
        }

        TrainingProfile? profile = parsed.GetValue(_profile) is { } trace
            ? new TrainingProfile(device, _stage.Name(), trace, _terminal.Error)
            : null;
        trainer.AroundStep = profile is null ? null : profile.Around;
        TrainingOutcome outcome = trainer.Run(interruption.Token);
        profile?.Finish();
        if (outcome.Steps > 0)
        {
            _terminal.During("writing the model", _ =>
            {
                run.Publish();
                return true;
            });
        }

        if (!RunFolder.Exists(run.Path))
        {
            run.Describe(description); // it was deleted meanwhile, and without it the weights are no run
        }

        var result = new
        {
            stage = _stage.Name(),
            run = run.Path,
            steps = outcome.Steps,
            finished = outcome.Finished,
            seconds = outcome.Seconds,
            precision = device.PrecisionText,
            tokens = outcome.Cost.Tokens,
            flops = outcome.Cost.Work.MultiplyAdds,
            attentionFlops = outcome.Cost.Work.Attention,
            otherFlops = outcome.Cost.Work.Other,
            flopsPerSecond = outcome.Cost.FlopsPerSecond,
            percentOfPeak = outcome.Cost.PercentOfPeak,
            measure = outcome.Measure?.Values,
        };
        _terminal.Result(result, writer => writer.WriteLine(
            outcome.Finished
                ? $"{_stage.Name()}: {Readable.Count(outcome.Steps, "step")} in {Readable.Duration(outcome.Seconds)}, "
                    + $"{outcome.Measure?.Text}; {run.Path}"
                : $"{_stage.Name()}: interrupted and saved after step {outcome.Steps}; --resume goes on; {run.Path}"));
        if (outcome.Finished)
        {
            NextStep.AfterTraining(_terminal, _stage, run.Path);
        }

        return outcome.Finished ? 0 : 1;
    }

    /// <summary>The configuration of a new language model's autoencoder; null if none is needed.</summary>
    private AutoencoderConfig? AutoencoderConfig(ParseResult parsed, RunFolder.Description? known, StartingPoint? start)
    {
        bool hasAutoencoder = parsed.IsGiven(_autoencoder) || (start is null && !parsed.GetValue(_dryRun));
        return known is null && _stage == Stage.Calm && hasAutoencoder
            ? RunFolder.Open(parsed.GetValue(_autoencoder)!).ReadDescription().Config.Autoencoder
            : null;
    }

    /// <summary>The folder of the autoencoder's weights. A resumed run has them in its own folder.</summary>
    private string AutoencoderModel(
        ParseResult parsed, string path, RunFolder.Description? known, StartingPoint? start) =>
        known is not null ? RunFolder.Open(path).AutoencoderModel()!
        : start is not null && !parsed.IsGiven(_autoencoder) ? start.AutoencoderFolder
        : RunFolder.Open(parsed.GetValue(_autoencoder)!).LatestModel();

    private Corpus KnownCorpus(ParseResult parsed, string path)
    {
        RunFolder run = RunFolder.Open(path);
        Corpus corpus = run.OpenText(_corpus.Tokenised(parsed));
        run.RequireText(corpus);
        return corpus;
    }

    /// <summary>The configuration with a K that fits the columns of a series, unless one was chosen.</summary>
    private RunConfig WithFittingPatch(ParseResult parsed, RunConfig config)
    {
        bool isOwn = _stage == Stage.Autoencoder || (_stage == Stage.Ar && parsed.GetValue(_autoencoder) is null);
        if (!isOwn || _settings.ChoosesPatchSize(parsed, config))
        {
            return config;
        }

        int context = _stage == Stage.Ar ? config.ArTraining.ContextTokens : 0;
        int size = _corpus.FittingPatch(parsed, config.Autoencoder.PatchSize, context);
        return size == config.Autoencoder.PatchSize ? config : config.With(config.Autoencoder with { PatchSize = size });
    }

    private void AdviseSteps(TrainingConfig training, Corpus corpus)
    {
        if (StepAdvice.For(_stage, training, corpus.Train.Tokens, corpus.Train.PatchSize) is { } advice)
        {
            _terminal.Error.WriteLine(
                $"series: {Readable.Count(training.Steps)} steps read it {Times(advice.ConfiguredPasses)}; "
                + $"--steps {advice.Steps} reads it {Times(advice.Passes)}, which is about what such a series needs.");
        }

        static string Times(double passes) => passes >= 10 ? $"{Readable.Count((long)passes)} times" : $"{passes:0.0} times";
    }

    private Corpus NewCorpus(ParseResult parsed, string path, RunConfig config)
    {
        string folder = Path.Combine(path, "data");
        if (_stage == Stage.Autoencoder)
        {
            return _corpus.Build(parsed, folder, TextNeed.OfAutoencoder(config), _terminal);
        }

        if (parsed.GetValue(_autoencoder) is null)
        {
            return _corpus.Build(parsed, folder, TextNeed.OfAr(config, config.Autoencoder.PatchSize), _terminal);
        }

        RunFolder autoencoder = RunFolder.Open(parsed.GetValue(_autoencoder)!);
        const string WithoutData = "without --data the text of --autoencoder's run is learnt as it is; leave it out";
        _corpus.RefuseTokenizer(parsed, "the tokenizer is that of --autoencoder's run; leave it out");
        string? tokenised = _corpus.Tokenised(parsed);
        if (tokenised is not null || !_corpus.IsGiven(parsed))
        {
            parsed.Refuse(WithoutData, _corpus.HowToRead);
            return _terminal.During("reading the text", _ => autoencoder.OpenText(tokenised));
        }

        ITokenizer tokenizer = autoencoder.OpenTokenizer();
        RunFolder.Description description = autoencoder.ReadDescription();
        int patchSize = description.Config.Autoencoder.PatchSize;
        TextNeed need = _stage == Stage.Ar ? TextNeed.OfAr(config, patchSize) : TextNeed.OfCalm(config);
        return _corpus.Build(parsed, folder, need, _terminal, tokenizer, SeriesInfo.Find(description.Corpus));
    }

    /// <summary>The text of a run that begins with a trained model: its own, or the one that the model has learnt from.</summary>
    private Corpus CorpusOf(StartingPoint start, ParseResult parsed, string path, RunConfig config)
    {
        _corpus.RefuseTokenizer(
            parsed, "the model of --from has its tokenizer; leave it out, or train with another one from the start");
        ITokenizer tokenizer = start.Tokenizer(ids => ImportedTokenizer.Choose(null, start.Path, ids, _terminal));
        if (parsed.IsGiven(_autoencoder))
        {
            StartOption.RequireFit(start, parsed.GetValue(_autoencoder)!, tokenizer);
        }

        string? tokenised = _corpus.Tokenised(parsed) ?? (_corpus.IsGiven(parsed) ? null : start.TextFolder);
        if (tokenised is not null)
        {
            parsed.Refuse("a text that is tokenised already is learnt as it is; leave it out", _corpus.HowToRead);
            Corpus corpus = _terminal.During("reading the text", _ => Corpus.Open(tokenised));
            return corpus.Tokenizer.Hash == tokenizer.Hash
                ? corpus
                : throw new UsageException($"--data {tokenised}: has another tokenizer than --from; name the text itself.");
        }

        if (!_corpus.IsGiven(parsed))
        {
            throw new UsageException($"--from {start.Path}: has no text of its own; name one by --data.");
        }

        TextNeed need = _stage switch
        {
            Stage.Autoencoder => TextNeed.OfAutoencoder(config),
            Stage.Calm => TextNeed.OfCalm(config),
            _ => TextNeed.OfAr(config, config.Autoencoder.PatchSize),
        };
        SeriesInfo? series = start.TextFolder is { } folder ? SeriesInfo.Find(folder) : null;
        return _corpus.Build(parsed, Path.Combine(path, "data"), need, _terminal, tokenizer, series);
    }
}
