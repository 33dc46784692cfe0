using System.CommandLine;

namespace Calm.Cli;

/// <summary>The options of <c>calm evaluate</c> for the text, the context and the protocol.</summary>
internal sealed class EvaluatedText
{
    private const string Paper = "paper";

    // Source: arXiv:2510.27688, section 5: contexts of 2048 steps of four tokens.
    private const int PaperContext = 8192;

    private readonly Option<string[]> _data = new("--data")
    {
        Description = $"{TextSourceOptions.Paths}; or the folder of the run's tokenised text, if it was moved. Default: what the "
            + "run holds out",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int?> _context = new("--context")
    {
        Description = "Tokens of a window, a multiple of K; default: those that the run was trained on, of an "
            + "imported one at most 2048 patches",
    };

    private readonly Option<string?> _protocol = new("--protocol")
    {
        Description = $"{Paper}: as published, for WikiText-103's test documents by --data: begin before each, patches run on, "
            + $"windows of {PaperContext} tokens, the published estimator",
    };

    private readonly TextSourceOptions _sources;

    /// <summary>Adds the options to a command.</summary>
    public EvaluatedText(Command command)
    {
        _protocol.TakeOneOf(Paper);
        command.Options.Add(_data);
        _sources = new TextSourceOptions(command);
        command.Options.Add(_context);
        command.Options.Add(_protocol);
    }

    /// <summary>Options that only models of language have.</summary>
    public IEnumerable<Option> OfLanguageModels => [_context, _protocol];

    /// <summary>Whether the paper's protocol was asked for.</summary>
    public bool IsPapers(ParseResult parsed) => parsed.GetValue(_protocol) is not null;

    /// <summary>Whether another text than the run's own was named.</summary>
    public bool IsGiven(ParseResult parsed) => Paths(parsed).Length > 0 && Moved(parsed) is null;

    /// <summary>The folder of the run's text, if it was moved.</summary>
    public string? Moved(ParseResult parsed) => Paths(parsed) is [string folder] && Corpus.Exists(folder) ? folder : null;

    /// <summary>Refuses a text of its own where the run's must be used.</summary>
    public void RefuseOther(ParseResult parsed, string why)
    {
        if (IsGiven(parsed))
        {
            throw new UsageException($"--data {string.Join(' ', Paths(parsed))}: {why}.");
        }

        parsed.Refuse(why, OfLanguageModels);
    }

    /// <summary>The text to measure a model on.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="patchSize">Tokens of its patches.</param>
    /// <param name="own">The run's text.</param>
    /// <param name="terminal">Has standard input, and tells of progress.</param>
    public MeasuredText Open(ParseResult parsed, ITokenizer tokenizer, int patchSize, Func<Corpus> own, Terminal terminal)
    {
        if (!IsGiven(parsed))
        {
            if (IsPapers(parsed))
            {
                throw new UsageException("--protocol paper: is for the documents of WikiText-103's test part; add --data FILE.");
            }

            return MeasuredText.HeldOutOf(own());
        }

        string[] paths = Paths(parsed);
        string name = string.Join(", ", paths);
        DocumentLayout layout = IsPapers(parsed) ? DocumentLayout.Begun : DocumentLayout.Ended;
        using StandardInput input = StandardInput.Keep(paths, terminal);
        return terminal.During($"tokenising {name}", activity => MeasuredText.Of(
            name, _sources.Open(parsed, paths, input, tokenizer, activity).Documents(), tokenizer, patchSize, layout));
    }

    /// <summary>Tokens of a window.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="trained">Tokens of the context that the run was trained on.</param>
    /// <param name="patchSize">Tokens of a patch.</param>
    public int Context(ParseResult parsed, int trained, int patchSize)
    {
        int context = parsed.GetValue(_context) ?? (IsPapers(parsed) ? PaperContext : trained);
        return context > patchSize && context % patchSize == 0
            ? context
            : throw new UsageException(
                $"--context {context}: must be a multiple of the patches of {patchSize} tokens, at least two of them.");
    }

    private string[] Paths(ParseResult parsed) => parsed.GetValue(_data) ?? [];
}
