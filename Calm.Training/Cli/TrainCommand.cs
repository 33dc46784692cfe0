using System.CommandLine;
using Calm.Runtime;

namespace Calm.Training;

/// <summary><c>calm train autoencoder</c>, <c>calm train calm</c> and <c>calm train ar</c>.</summary>
internal sealed class TrainCommand
{
    private const string DefaultPreset = "demo";

    private readonly string _stage;
    private readonly Terminal _terminal;
    private readonly DeviceOptions _devices;
    private readonly CorpusOptions _corpus;

    private readonly Option<string> _run = new("--run") { Description = "Folder of the run" };
    private readonly Option<bool> _resume = new("--resume") { Description = "Go on with the run in that folder" };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Say what the run would take, and stop" };
    private readonly Option<string> _preset = new("--preset") { Description = $"One of {string.Join(", ", Presets.Names)}" };
    private readonly Option<string?> _config = new("--config") { Description = "JSON file laid over the preset" };
    private readonly Option<string[]> _set = new("--set") { Description = "A single setting: calm.hidden_size=256" };
    private readonly Option<int?> _steps = new("--steps") { Description = "Steps in all" };
    private readonly Option<int?> _batch = new("--batch") { Description = "Sequences of a step (autoencoder: patches)" };
    private readonly Option<int?> _accumulate = new("--accumulate") { Description = "Micro-batches of a step" };
    private readonly Option<bool> _recompute = new("--recompute")
    {
        Description = "Run layers twice instead of keeping what they make: less memory, more work, the same result",
    };

    private readonly Option<int?> _saveEvery = new("--save-every") { Description = "Steps between checkpoints" };
    private readonly Option<ulong?> _seed = new("--seed") { Description = "Seed of weights, order and noise" };
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
        Description = "Run of the trained autoencoder, whose text is used unless --data names another",
    };

    private TrainCommand(Command command, string stage, Terminal terminal)
    {
        _stage = stage;
        _terminal = terminal;
        _devices = new DeviceOptions(command);
        _corpus = new CorpusOptions(command, tokenizer: stage != CalmName);
        _run.DefaultValueFactory = _ => $"runs/{stage}";
        _preset.DefaultValueFactory = _ => DefaultPreset;
        foreach (Option option in new Option[]
                 {
                     _run, _resume, _dryRun, _preset, _config, _set, _steps, _batch, _accumulate, _recompute, _saveEvery, _seed,
                     _gradients, _profile,
                 })
        {
            command.Options.Add(option);
        }

        if (stage == CalmName)
        {
            _autoencoder.DefaultValueFactory = _ => "runs/autoencoder";
        }

        if (stage != AutoencoderName)
        {
            command.Options.Add(_autoencoder);
        }
    }

    private const string AutoencoderName = "autoencoder";
    private const string CalmName = "calm";
    private const string ArName = ArStage.StageName;

    public static Command Create(Terminal terminal)
    {
        Command train = new("train", "Train a model: calm train autoencoder, then calm train calm; or calm train ar.");
        train.Subcommands.Add(Create(
            AutoencoderName,
            "Train an autoencoder. Example: calm train autoencoder --data books/ --run runs/autoencoder --steps 600",
            terminal));
        train.Subcommands.Add(Create(
            CalmName,
            "Train a language model. Example: calm train calm --autoencoder runs/autoencoder --run runs/calm --steps 3000",
            terminal));
        train.Subcommands.Add(Create(
            ArName,
            "Train a discrete model, token by token. Example: calm train ar --autoencoder runs/autoencoder --run runs/ar",
            terminal));
        return train;
    }

    private static Command Create(string stage, string description, Terminal terminal)
    {
        Command command = new(stage, description);
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
            throw new UsageException($"--run {path}: is a run of {known.Stage}, not of {_stage}.");
        }

        RunConfig config = Configure(parsed, known?.Config);
        if (parsed.GetValue(_dryRun))
        {
            return DryRun.Report(_stage, config, device, _terminal);
        }

        if (known is null)
        {
            RunFolder.RequireEmpty(path);
        }

        string? autoencoder = _stage == CalmName ? known?.Autoencoder ?? AutoencoderModel(parsed) : null;
        using Corpus corpus = known is null ? NewCorpus(parsed, path, config) : Corpus.Open(known.Corpus);
        config = StageFactory.Resolve(config, corpus.Tokenizer);
        using IStage stage = _stage switch
        {
            CalmName => StageFactory.Calm(config, autoencoder!, corpus, device),
            ArName => StageFactory.Ar(config, corpus, device),
            _ => StageFactory.Autoencoder(config, corpus, device),
        };
        TrainingConfig training = _stage switch
        {
            CalmName => config.CalmTraining,
            ArName => config.ArTraining,
            _ => config.AutoencoderTraining,
        };
        if (training.Precision != device.Precision)
        {
            device.Precision = training.Precision;
            _terminal.Error.WriteLine($"precision: {device.PrecisionText}");
        }

        RunFolder.Description description = new(
            _stage, corpus.Folder, autoencoder, $"{device.Name}, {device.Description}", ProgramVersion.Text, config);
        RunFolder run = known is null
            ? RunFolder.Create(path, description, training.KeepLast)
            : RunFolder.Open(path, training.KeepLast);
        run.Describe(description);
        return Train(parsed, stage, training, device, run, resumes);
    }

    private int Train(
        ParseResult parsed, IStage stage, TrainingConfig training, Device device, RunFolder run, bool resumes)
    {
        using Trainer trainer = new(stage, training, device, run, ProgressLine.Standard(_terminal.Error));
        if (resumes && run.Checkpoints.Latest is { } checkpoint)
        {
            trainer.Resume(checkpoint);
            _terminal.Error.WriteLine($"resuming {run.Path} after step {checkpoint.Step}");
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
            ? new TrainingProfile(device, stage.Name, trace, _terminal.Error)
            : null;
        trainer.AroundStep = profile is null ? null : profile.Around;
        TrainingOutcome outcome = trainer.Run();
        profile?.Finish();
        if (outcome.Steps > 0)
        {
            run.Publish();
        }

        var result = new
        {
            stage = stage.Name,
            run = run.Path,
            steps = outcome.Steps,
            finished = outcome.Finished,
            seconds = outcome.Seconds,
            precision = device.PrecisionText,
            measure = outcome.Measure?.Values,
        };
        _terminal.Result(result, writer => writer.WriteLine(
            outcome.Finished
                ? $"{stage.Name}: {outcome.Steps} steps in {outcome.Seconds:F1} s, {outcome.Measure?.Text}; {run.Path}"
                : $"{stage.Name}: interrupted and saved after step {outcome.Steps}; --resume goes on; {run.Path}"));
        return outcome.Finished ? 0 : 1;
    }

    private RunConfig Configure(ParseResult parsed, RunConfig? known)
    {
        RunConfig start = known ?? Presets.Get(parsed.GetValue(_preset)!);
        if (known is null && _stage == CalmName && !parsed.GetValue(_dryRun))
        {
            // A language model has the autoencoder that was trained for it.
            RunFolder run = RunFolder.Open(parsed.GetValue(_autoencoder)!);
            AutoencoderConfig autoencoder = run.ReadDescription().Config.Autoencoder;
            start = start with
            {
                Autoencoder = autoencoder,
                Calm = start.Calm with { PatchSize = autoencoder.PatchSize, LatentSize = autoencoder.LatentSize },
            };
        }

        RunConfig config = ConfigReader.Read(start, parsed.GetValue(_config), parsed.GetValue(_set) ?? []);
        return _stage switch
        {
            CalmName => config with { CalmTraining = Override(parsed, config.CalmTraining) },
            ArName => config with { ArTraining = Override(parsed, config.ArTraining) },
            _ => config with { AutoencoderTraining = Override(parsed, config.AutoencoderTraining) },
        };
    }

    private TrainingConfig Override(ParseResult parsed, TrainingConfig c) => c with
    {
        Steps = parsed.GetValue(_steps) ?? c.Steps,
        BatchSize = parsed.GetValue(_batch) ?? c.BatchSize,
        Accumulate = parsed.GetValue(_accumulate) ?? c.Accumulate,
        Recompute = parsed.GetValue(_recompute) || c.Recompute,
        SaveEvery = parsed.GetValue(_saveEvery) ?? c.SaveEvery,
        Seed = parsed.GetValue(_seed) ?? c.Seed,
        Precision = _devices.PrecisionOf(parsed) ?? c.Precision,
    };

    private string AutoencoderModel(ParseResult parsed) => RunFolder.Open(parsed.GetValue(_autoencoder)!).LatestModel;

    private Corpus NewCorpus(ParseResult parsed, string path, RunConfig config)
    {
        string folder = Path.Combine(path, "data");
        if (_stage == AutoencoderName)
        {
            return _corpus.Build(parsed, folder, TextNeed.OfAutoencoder(config), _terminal);
        }

        if (parsed.GetValue(_autoencoder) is null)
        {
            return _corpus.Build(parsed, folder, TextNeed.OfAr(config, config.Autoencoder.PatchSize), _terminal);
        }

        Corpus corpus = Corpus.Open(RunFolder.Open(parsed.GetValue(_autoencoder)!).ReadDescription().Corpus);
        if (!_corpus.IsGiven(parsed))
        {
            return corpus;
        }

        ITokenizer tokenizer = corpus.Tokenizer;
        int patchSize = corpus.Train.PatchSize;
        corpus.Dispose();
        TextNeed need = _stage == ArName ? TextNeed.OfAr(config, patchSize) : TextNeed.OfCalm(config);
        return _corpus.Build(parsed, folder, need, _terminal, tokenizer);
    }
}
