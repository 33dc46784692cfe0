using System.CommandLine;
using Calm.Runtime;

namespace Calm.Cli;

/// <summary><c>--from RUN|DIR</c> of <c>calm train</c>: the trained model with whose weights the training begins.</summary>
internal sealed class StartOption
{
    private readonly Stage _stage;
    private StartingPoint? _start;

    /// <summary>Adds the option to a command.</summary>
    public StartOption(Command command, Stage stage)
    {
        _stage = stage;
        command.Options.Add(Option);
    }

    /// <summary><c>--from</c>.</summary>
    public Option<string?> Option { get; } = new("--from")
    {
        Description = "Begin with the weights of this run, or of a checkpoint of others, and its tokenizer, on --data or else "
            + "the text of that run; the schedule is new",
    };

    /// <summary>The model to begin with; null for random weights.</summary>
    /// <exception cref="CalmException">It is no model, or of another kind.</exception>
    public StartingPoint? Read(ParseResult parsed)
    {
        if (_start is null && parsed.GetValue(Option) is { } path)
        {
            _start = StartingPoint.Open(path);
            if (_start.Stage != _stage)
            {
                throw new UsageException($"--from {path}: is a model of {_start.Stage.Name()}, and {_stage.Name()} is trained.");
            }
        }

        return _start;
    }

    /// <summary>Checks that a language model of patches fits another autoencoder than the one that it was trained over.</summary>
    /// <param name="start">The language model.</param>
    /// <param name="path">The run of the autoencoder.</param>
    /// <param name="tokenizer">The language model's tokenizer.</param>
    /// <exception cref="UsageException">K, the latent size or the tokenizer differs.</exception>
    public static void RequireFit(StartingPoint start, string path, ITokenizer tokenizer)
    {
        RunFolder run = RunFolder.Open(path);
        AutoencoderConfig other = run.ReadDescription().Config.Autoencoder;
        CalmConfig own = start.Shapes.Calm;
        string? difference =
            own.PatchSize != other.PatchSize ? $"patches of {other.PatchSize} tokens, --from of {own.PatchSize}"
            : own.LatentSize != other.LatentSize ? $"latents of {other.LatentSize} numbers, --from of {own.LatentSize}"
            : run.OpenTokenizer().Hash != tokenizer.Hash ? "another tokenizer than --from"
            : null;
        if (difference is not null)
        {
            throw new UsageException($"--autoencoder {path}: has {difference}; leave it out, and --from's own is used.");
        }
    }
}
