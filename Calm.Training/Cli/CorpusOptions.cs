using System.CommandLine;

namespace Calm.Training;

/// <summary>What models need of a text.</summary>
/// <param name="PatchSize">K: documents end at whole patches.</param>
/// <param name="Patches">Patches that a model sees at once.</param>
/// <param name="Unit">What they are called: one sequence.</param>
/// <param name="Alignment">A multiple of K at whose multiples documents end instead; 0 for none.</param>
internal readonly record struct TextNeed(int PatchSize, int Patches, string Unit, int Alignment = 0)
{
    /// <summary>To train an autoencoder.</summary>
    public static TextNeed OfAutoencoder(RunConfig config) =>
        new(config.Autoencoder.PatchSize, config.AutoencoderTraining.BatchSize, "one batch");

    /// <summary>To train a language model.</summary>
    public static TextNeed OfCalm(RunConfig config) =>
        new(config.Calm.PatchSize, config.CalmTraining.ContextPatches, "one sequence");

    /// <summary>To train a discrete model on documents that end as a language model of patches sees them.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="patchSize">K of the language model to compare with.</param>
    public static TextNeed OfAr(RunConfig config, int patchSize)
    {
        ConfigCheck.Ar(config, patchSize);
        return new TextNeed(patchSize, config.ArTraining.ContextTokens / patchSize, "one sequence");
    }
}

/// <summary>The options that say what text a command learns from, and how it becomes tokens.</summary>
internal sealed class CorpusOptions
{
    private const double HeldOut = 0.05;

    private readonly Option<string[]> _text = new("--data", "--text")
    {
        Description = "Text files, .jsonl files with a text field, folders or globs; default: the XML documentation of the "
            + ".NET SDK on this machine",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string> _tokenizer = new("--tokenizer")
    {
        Description = "bytes, bpe (trained on the text) or a tokenizer.json",
        DefaultValueFactory = _ => "bytes",
    };

    private readonly Option<int> _vocabulary = new("--vocabulary")
    {
        Description = "Ids of a BPE tokenizer",
        DefaultValueFactory = _ => 512,
    };

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="tokenizer">Whether it chooses a tokenizer too.</param>
    public CorpusOptions(Command command, bool tokenizer = true)
    {
        command.Options.Add(_text);
        if (tokenizer)
        {
            command.Options.Add(_tokenizer);
            command.Options.Add(_vocabulary);
        }
    }

    /// <summary>Whether text was named.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetValue(_text) is { Length: > 0 };

    /// <summary>What the text is called in reports.</summary>
    public string Name(ParseResult parsed) =>
        parsed.GetValue(_text) is { Length: > 0 } paths
            ? string.Join(", ", paths)
            : "the XML documentation of the .NET SDK's reference packs";

    /// <summary>The documents.</summary>
    public IEnumerable<Document> Documents(ParseResult parsed) =>
        parsed.GetValue(_text) is { Length: > 0 } paths
            ? TextSource.Open(paths).Documents()
            : ReferenceDocs.Documents();

    /// <summary>Tokenises the text into a folder.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="need">What the models need of it.</param>
    /// <param name="terminal">Told in a line what was made.</param>
    /// <param name="tokenizer">The tokenizer to use, or null for the one that was asked for.</param>
    public Corpus Build(
        ParseResult parsed, string folder, TextNeed need, Terminal terminal, ITokenizer? tokenizer = null)
    {
        Corpus corpus = Build(folder, Documents(parsed), train => tokenizer ?? MakeTokenizer(parsed, train, terminal), need);
        terminal.Error.WriteLine(
            $"text: {Name(parsed)}: {corpus.Train.Tokens:N0} tokens to learn from, {corpus.HeldOut.Tokens:N0} in "
            + $"{corpus.HeldOut.Documents:N0} documents held out; tokenizer {corpus.Tokenizer.Name}, "
            + $"{corpus.Tokenizer.VocabularySize} ids.");
        return corpus;
    }

    private static Corpus Build(
        string folder, IEnumerable<Document> documents, Func<IEnumerable<Document>, ITokenizer> makeTokenizer, TextNeed need)
    {
        Corpus? corpus = null;
        try
        {
            corpus = Corpus.Build(folder, documents, makeTokenizer, need.PatchSize, HeldOut, need.Alignment);
            corpus.RequirePatches(need.Patches, need.Unit);
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

    private ITokenizer MakeTokenizer(ParseResult parsed, IEnumerable<Document> documents, Terminal terminal) =>
        parsed.GetValue(_tokenizer)! switch
        {
            TokenizerFile.BytesType => new ByteTokenizer(),
            TokenizerFile.BpeType => BpeTrainer.Train(
                documents, parsed.GetValue(_vocabulary), remark: terminal.Error.WriteLine),
            string file when File.Exists(file) => TokenizerFile.Load(file),
            string other => throw new UsageException($"--tokenizer {other}: must be bytes, bpe or a tokenizer.json."),
        };
}
