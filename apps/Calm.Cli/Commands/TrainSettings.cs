using System.CommandLine;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary>
/// The settings of <c>calm train</c>: a preset, overlaid by a file and by options for single settings.
/// </summary>
internal sealed class TrainSettings
{
    private const string DefaultPreset = "demo";
    private const string PatchSizeSetting = "autoencoder.patch_size=";

    private readonly Stage _stage;
    private readonly Option<string> _preset = new("--preset")
    {
        Description = $"Where settings come from that are not given: {string.Join(", ", Presets.Names)}",
    };

    private readonly Option<string?> _config = new("--config") { Description = "JSON file laid over the preset" };
    private readonly Option<string[]> _set = new("--set");
    private readonly Option<int?> _steps = new("--steps") { Description = "Steps in all; default: the preset's" };
    private readonly Option<int?> _batch = new("--batch") { Description = "Sequences of a step (autoencoder: patches)" };
    private readonly Option<int?> _accumulate = new("--accumulate") { Description = "Micro-batches of a step" };
    private readonly Option<bool> _recompute = new("--recompute")
    {
        Description = "Run layers twice instead of keeping what they make: less memory, more work, the same result",
    };

    private readonly Option<int?> _saveEvery = new("--save-every") { Description = "Steps between checkpoints" };
    private readonly Option<ulong?> _seed = new("--seed") { Description = "Seed of weights, order and noise" };
    private readonly Option<int?> _patchSize = new("--patch-size")
    {
        Description = "Tokens of a patch, K (autoencoder.patch_size)",
    };

    private readonly Option<string?> _input = new("--input")
    {
        Description = "What the transformer reads of a patch: tokens, latents or both (calm.input)",
    };

    private readonly Option<string?> _head = new("--head")
    {
        Description = $"How the next latent is drawn: {HeadOption.Names} (calm.head)",
    };

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="stage">The stage that it trains.</param>
    public TrainSettings(Command command, Stage stage)
    {
        _stage = stage;
        _set.Description = $"A setting, as {stage.Name()}.hidden_size=256; may be repeated";
        _preset.DefaultValueFactory = _ => DefaultPreset;
        Option[] own = stage switch
        {
            Stage.Autoencoder => [_patchSize],
            Stage.Calm => [_input, _head],
            _ => [],
        };
        foreach (Option option in (Option[])
                 [_preset, _config, _set, _steps, _batch, _accumulate, _recompute, _saveEvery, _seed, .. own])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The preset: the source of settings that are not given.</summary>
    public Option Preset => _preset;

    /// <summary>The whole configuration.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="known">The configuration of a resumed run; null for a new one.</param>
    /// <param name="start">The model whose weights a new run begins with, or null.</param>
    /// <param name="autoencoder">The shape of a new language model's autoencoder, or null.</param>
    /// <param name="precision">The precision that was asked for, or null.</param>
    /// <exception cref="UsageException">A setting does not exist, or cannot have its value.</exception>
    public RunConfig Read(
        ParseResult parsed, RunConfig? known, StartingPoint? start, AutoencoderConfig? autoencoder, Precision? precision)
    {
        RunConfig begin = known ?? Presets.Get(parsed.GetValue(_preset)!);
        begin = start?.Lay(begin) ?? begin;
        if (autoencoder is not null)
        {
            // A language model has the autoencoder that was trained for it.
            begin = start is null ? begin.With(autoencoder) : begin with { Autoencoder = autoencoder };
        }

        string[] settings = parsed.GetValue(_set) ?? [];
        RunConfig config = ConfigReader.Read(begin, parsed.GetValue(_config), settings.Concat(Ablations(parsed)));
        return _stage switch
        {
            Stage.Calm => config with
            {
                Calm = HeadOption.Lay(parsed.GetValue(_head), config.Calm, known?.Calm ?? start?.Shapes.Calm),
                CalmTraining = Override(parsed, config.CalmTraining, precision),
            },
            Stage.Ar => config with { ArTraining = Override(parsed, config.ArTraining, precision) },
            _ => config with { AutoencoderTraining = Override(parsed, config.AutoencoderTraining, precision) },
        };
    }

    /// <summary>Whether K was chosen, rather than left to the preset.</summary>
    public bool ChoosesPatchSize(ParseResult parsed, RunConfig config) =>
        parsed.IsGiven(_patchSize)
        || (parsed.GetValue(_set) ?? []).Any(setting => setting.StartsWith(PatchSizeSetting, StringComparison.Ordinal))
        || config.Autoencoder.PatchSize != Presets.Get(parsed.GetValue(_preset)!).Autoencoder.PatchSize;

    /// <summary>Whether the number of steps was left to the preset.</summary>
    public bool LeavesSteps(ParseResult parsed) => parsed.GetValue(_steps) is null;

    /// <summary>Options that are settings of the model.</summary>
    private IEnumerable<string> Ablations(ParseResult parsed)
    {
        if (_stage == Stage.Calm && parsed.GetValue(_input) is { } input)
        {
            yield return $"calm.input={input}";
        }

        if (_stage == Stage.Autoencoder && parsed.GetValue(_patchSize) is { } size)
        {
            yield return PatchSizeSetting + size;
        }
    }

    private TrainingConfig Override(ParseResult parsed, TrainingConfig c, Precision? precision) => c with
    {
        Steps = parsed.GetValue(_steps) ?? c.Steps,
        BatchSize = parsed.GetValue(_batch) ?? c.BatchSize,
        Accumulate = parsed.GetValue(_accumulate) ?? c.Accumulate,
        Recompute = parsed.GetValue(_recompute) || c.Recompute,
        SaveEvery = parsed.GetValue(_saveEvery) ?? c.SaveEvery,
        Seed = parsed.GetValue(_seed) ?? c.Seed,
        Precision = precision ?? c.Precision,
    };
}
