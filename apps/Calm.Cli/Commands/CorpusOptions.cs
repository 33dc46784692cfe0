using System.CommandLine;

namespace Calm.Cli;

/// <summary>The demands of models on a text.</summary>
/// <param name="PatchSize">Tokens of a patch, K. Documents are padded to whole patches.</param>
/// <param name="Patches">Patches of a model's context.</param>
/// <param name="Unit">The name of that number of patches: one sequence.</param>
/// <param name="Setting">The setting that asks for that many; null for none.</param>
/// <param name="Alignment">Pad documents to multiples of this multiple of K instead; 0 to pad to K.</param>
internal readonly record struct TextNeed(int PatchSize, int Patches, string Unit, string? Setting = null, int Alignment = 0)
{
    /// <summary>To train an autoencoder.</summary>
    public static TextNeed OfAutoencoder(RunConfig config) =>
        new(config.Autoencoder.PatchSize, config.AutoencoderTraining.BatchSize, "one batch", "batch_size");

    /// <summary>To train a language model.</summary>
    public static TextNeed OfCalm(RunConfig config) =>
        new(config.Calm.PatchSize, config.CalmTraining.ContextPatches, "one sequence", "calm_training.context_patches");

    /// <summary>To train a discrete model on documents that are padded as for a language model of patches.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="patchSize">K of the language model to compare with.</param>
    public static TextNeed OfAr(RunConfig config, int patchSize)
    {
        ConfigCheck.ArContext(config.ArTraining, patchSize);
        return new TextNeed(patchSize, config.ArTraining.ContextTokens / patchSize, "one sequence");
    }
}

/// <summary>The options for a command's text and its tokenizer.</summary>
internal sealed class CorpusOptions
{
    /// <summary>Description of the default text, which is part of the SDK.</summary>
    public const string OwnText = "the XML documentation of the .NET SDK on this machine";

    private readonly Option<string[]> _text = new("--data", "--text") { AllowMultipleArgumentsPerToken = true };

    private readonly Option<string> _tokenizer = new("--tokenizer")
    {
        Description = "bytes, bpe (trained on the text), or a tokenizer: its file or folder",
        DefaultValueFactory = _ => "bytes",
    };

    private readonly Option<int> _vocabulary = new("--vocabulary")
    {
        Description = "Ids of a BPE tokenizer",
        DefaultValueFactory = _ => 512,
    };

    private readonly TextSourceOptions _sources;
    private readonly SeriesOptions? _series;
    private readonly List<Option> _all = [];

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="tokenizer">Whether the command also chooses a tokenizer.</param>
    /// <param name="series">Whether a .csv file is a series; otherwise it is text.</param>
    /// <param name="decided">Whether an earlier run has always decided how a series is read.</param>
    /// <param name="otherwise">The text that is used if none is named.</param>
    /// <param name="validates">Whether the held-out part may be given.</param>
    public CorpusOptions(
        Command command, bool tokenizer = true, bool series = true, bool decided = false, string otherwise = OwnText,
        bool validates = false)
    {
        string orSeries = series ? "; or one .csv file with a series" : "";
        _text.Description = $"{TextSourceOptions.Paths}{orSeries}; default: {otherwise}";
        command.Options.Add(_text);
        _sources = new TextSourceOptions(command, mixes: series, validates);
        _series = series ? new SeriesOptions(command, decided) : null;
        if (tokenizer)
        {
            command.Options.Add(_tokenizer);
            command.Options.Add(_vocabulary);
            _all.AddRange([_tokenizer, _vocabulary]);
        }

        _all.AddRange(_sources.All);
        _all.AddRange(_series?.All ?? []);
    }

    /// <summary>All options but <c>--data</c>.</summary>
    public IEnumerable<Option> HowToRead => _all;

    /// <summary><c>--data</c>.</summary>
    public Option Data => _text;

    /// <summary>Refuses the choice of a tokenizer if there already is one.</summary>
    /// <exception cref="UsageException">One was chosen.</exception>
    public void RefuseTokenizer(ParseResult parsed, string why) => parsed.Refuse(why, _tokenizer, _vocabulary);

    /// <summary>Whether text was named.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetValue(_text) is { Length: > 0 };

    /// <summary>The folder of a tokenised text, if one was named instead of a text.</summary>
    public string? Tokenised(ParseResult parsed) =>
        parsed.GetValue(_text) is [string folder] && Corpus.Exists(folder) ? folder : null;

    /// <summary>The name of the text in reports.</summary>
    public string Name(ParseResult parsed) =>
        parsed.GetValue(_text) is { Length: > 0 } paths
            ? string.Join(", ", paths.Select(path => path == TextOptions.StandardInputPath ? "standard input" : path))
            : "the XML documentation of the .NET SDK's reference packs";

    /// <summary>The text as it was named, with its option; null if none was.</summary>
    public string? TypedData(ParseResult parsed) =>
        parsed.GetValue(_text) is { Length: > 0 } paths
            ? $"{_text.Name} {string.Join(' ', paths.Select(TypedCommand.Quoted))}"
            : null;

    /// <summary>Reads the documents and does something with them.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="what">That, such as "training a tokenizer".</param>
    /// <param name="terminal">Has standard input, and tells of progress.</param>
    /// <param name="work">Receives the documents.</param>
    public T WithDocuments<T>(ParseResult parsed, string what, Terminal terminal, Func<IEnumerable<Document>, T> work)
    {
        string[] paths = parsed.GetValue(_text) ?? [];
        using StandardInput input = StandardInput.Keep(paths, terminal);
        return terminal.During(what, activity => work(Counted(Open(parsed, paths, input, null, activity), activity)));
    }

    private IEnumerable<Document> Open(
        ParseResult parsed, string[] paths, StandardInput input, ITokenizer? tokenizer, Activity activity) =>
        paths.Length > 0
            ? _sources.Open(parsed, paths, input, tokenizer, activity).Documents()
            : ReferenceDocs.Documents();

    /// <summary>The documents, whose bytes are counted as they are read.</summary>
    public static IEnumerable<Document> Counted(IEnumerable<Document> documents, Activity activity)
    {
        double bytes = 0;
        foreach (Document document in documents)
        {
            bytes += document.Text.Length;
            activity.Count($"{Readable.Amount(bytes)}B");
            yield return document;
        }
    }

    /// <summary>Tokenises the text into a folder.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="folder">The folder to write.</param>
    /// <param name="need">The demands of the models.</param>
    /// <param name="terminal">Receives a line about the text.</param>
    /// <param name="tokenizer">The tokenizer to use, or null for the one that was asked for.</param>
    /// <param name="earlier">The series that this tokenizer was made for, if it was one.</param>
    public Corpus Build(
        ParseResult parsed, string folder, TextNeed need, Terminal terminal, ITokenizer? tokenizer = null,
        SeriesInfo? earlier = null)
    {
        ITokenizer Choose(IEnumerable<Document> train) => tokenizer ?? MakeTokenizer(parsed, train, terminal);
        string? series = SeriesFile(parsed, tokenizer, earlier);
        string[] paths = parsed.GetValue(_text) ?? [];
        using StandardInput input = StandardInput.Keep(_sources.AllPaths(parsed, paths), terminal);
        Corpus corpus = terminal.During($"tokenising {Name(parsed)}", activity => Build(folder, need, series is not null
            ? () => _series!.Build(parsed, series, folder, need.PatchSize, Choose, earlier, terminal)
            : () => BuildText(parsed, folder, need, paths, input, tokenizer, terminal, activity)));
        terminal.Error.WriteLine(
            $"text: {Name(parsed)}: {Readable.Count(corpus.Train.Tokens)} tokens to learn from, "
            + $"{Readable.Count(corpus.HeldOut.Tokens)} in {Readable.Count(corpus.HeldOut.Documents, "document")} held out; "
            + $"tokenizer {corpus.Tokenizer.Name}, {corpus.Tokenizer.VocabularySize} ids.");
        return corpus;
    }

    /// <summary>The K for the text that was named: that of a configuration, or for a series one that fits its columns.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="configured">The configuration's K.</param>
    /// <param name="context">Tokens that must be whole patches; 0 for any.</param>
    public int FittingPatch(ParseResult parsed, int configured, int context) =>
        SeriesOptions.FileOf(parsed.GetValue(_text)) is { } file
            ? _series!.FittingPatch(parsed, file, configured, context)
            : configured;

    /// <summary>The CSV file to read as a series, or null for text. Refuses text for a model of series and vice versa.</summary>
    private string? SeriesFile(ParseResult parsed, ITokenizer? tokenizer, SeriesInfo? earlier)
    {
        string? file = _series is null ? null : SeriesOptions.FileOf(parsed.GetValue(_text));
        if (tokenizer is not null && (file is null) != (earlier is null))
        {
            string what = earlier is null ? "text, this is a series" : "a series, this is text";
            throw new UsageException($"--data {Name(parsed)}: the autoencoder was trained on {what}; give what is like it.");
        }

        if (file is not null && _series!.MakesLevels(parsed))
        {
            RefuseTokenizer(parsed, "levels are a tokenizer of their own; leave it out, or add --series text");
        }

        if (file is not null)
        {
            _sources.Refuse(parsed, "is for text, and a .csv file is a series; leave it out");
        }

        _series?.RefuseFor(parsed, file, earlier is not null);
        return file;
    }

    private Corpus BuildText(
        ParseResult parsed, string folder, TextNeed need, string[] paths, StandardInput input, ITokenizer? tokenizer,
        Terminal terminal, Activity activity)
    {
        // Ids can be read only if their tokenizer is known before.
        bool isTrained = tokenizer is null && parsed.GetValue(_tokenizer) == TokenizerFile.BpeType;
        ITokenizer? known = isTrained ? null : tokenizer ?? MakeTokenizer(parsed, [], terminal);
        CorpusText text = _sources.Text(
            parsed, paths, some => Counted(Open(parsed, some, input, known, activity), activity), terminal.Error.WriteLine);
        return Corpus.Build(
            folder, text, train => known ?? MakeTokenizer(parsed, train, terminal), need.PatchSize, need.Alignment);
    }

    private static Corpus Build(string folder, TextNeed need, Func<Corpus> make)
    {
        Corpus? corpus = null;
        try
        {
            corpus = make();
            corpus.RequirePatches(need.Patches, need.Unit, need.Setting);
            return corpus;
        }
        catch
        {
            // A text that was refused leaves nothing in the way of the next try.
            corpus?.Dispose();
            Disk.TryDelete(folder);
            throw;
        }
    }

    private ITokenizer MakeTokenizer(ParseResult parsed, IEnumerable<Document> documents, Terminal terminal)
    {
        string name = parsed.GetValue(_tokenizer)!;
        parsed.Refuse(
            $"is for --tokenizer bpe, and {name} has its own number of ids; leave it out, or add --tokenizer bpe",
            name == TokenizerFile.BpeType ? [] : [_vocabulary]);
        return name switch
        {
            TokenizerFile.BytesType => new ByteTokenizer(),
            TokenizerFile.BpeType => BpeTrainer.Train(
                documents, parsed.GetValue(_vocabulary), remark: terminal.Error.WriteLine),
            string path when Path.Exists(path) => TokenizerFile.Load(path),
            string other => throw new UsageException(
                $"--tokenizer {other}: must be bytes, bpe, or a tokenizer's file or folder"
                + Suggestion.For(other, [TokenizerFile.BytesType, TokenizerFile.BpeType])),
        };
    }
}
