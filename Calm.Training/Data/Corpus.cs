using System.Security.Cryptography;
using System.Text;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// A tokenised text in a folder: tokenizer, training part and held-out part. All stages of a model share one, so that
/// they pad documents alike and none of them trains on held-out text.
/// </summary>
public sealed class Corpus : IDisposable
{
    private const string TrainName = "train.tokens";
    private const string HeldOutName = "held-out.tokens";

    /// <summary>The description of a series, beside its tokens.</summary>
    internal const string SeriesInfoName = "series.json";

    /// <summary>The series itself.</summary>
    internal const string SeriesTableName = "series.csv";

    private static readonly string[] Names =
        [.. TokenizerFile.ExportedNames, TrainName, HeldOutName, SeriesInfoName, SeriesTableName];

    /// <summary>Whether all that a folder holds are files of a tokenized text, whole or begun, which may be made again.</summary>
    internal static bool IsAllOf(string folder) =>
        Directory.EnumerateFileSystemEntries(folder)
            .Select(SafeFile.FinalName).All(Names.Contains);

    /// <summary>Deletes what a killed process has left of a text's files; nobody may be writing them.</summary>
    internal static void DeleteLeftovers(string folder) => SafeFile.DeleteLeftovers(folder, Names);

    // One to predict, one to predict it from.
    private const int FewestHeldOutPatches = 2;

    private Corpus(string folder, ITokenizer tokenizer)
    {
        Folder = folder;
        Tokenizer = tokenizer;
        Train = TokenFile.Open(Path.Combine(folder, TrainName), tokenizer);
        HeldOut = TokenFile.Open(Path.Combine(folder, HeldOutName), tokenizer);
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The tokenizer.</summary>
    public ITokenizer Tokenizer { get; }

    /// <summary>The text to learn from.</summary>
    internal TokenFile Train { get; }

    /// <summary>The text that judges a model.</summary>
    internal TokenFile HeldOut { get; }

    /// <summary>SHA-256 of both parts, tokenised.</summary>
    internal string Hash => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.ASCII.GetBytes(FileHash.Of(Train.Path) + FileHash.Of(HeldOut.Path))));

    /// <summary>Tokens to learn from, padding included.</summary>
    public long TrainTokens => Train.Tokens;

    /// <summary>Tokens held out to judge models by, padding included.</summary>
    public long HeldOutTokens => HeldOut.Tokens;

    /// <summary>Makes a corpus of documents.</summary>
    /// <param name="folder">The folder to write.</param>
    /// <param name="documents">The text. It is read more than once.</param>
    /// <param name="makeTokenizer">Chooses or trains the tokenizer, from the part to learn from.</param>
    /// <param name="patchSize">Tokens of a patch, K. Documents are padded to whole patches.</param>
    /// <param name="heldOut">The part to hold out, between 0 and 1.</param>
    /// <param name="alignment">
    /// Documents are padded to a multiple of this number of tokens, itself a multiple of K; 0 for K. With the same
    /// alignment, corpora of different K hold the same tokens.
    /// </param>
    public static Corpus Build(
        string folder, IEnumerable<Document> documents, Func<IEnumerable<Document>, ITokenizer> makeTokenizer,
        int patchSize, double heldOut = 0.05, int alignment = 0)
    {
        DocumentSplit split = new(documents, heldOut);
        return Build(folder, new CorpusText(split.Train, split.HeldOut), makeTokenizer, patchSize, alignment);
    }

    /// <summary>Makes a corpus of a text whose parts are known.</summary>
    /// <inheritdoc cref="Build(string, IEnumerable{Document}, Func{IEnumerable{Document}, ITokenizer}, int, double, int)"/>
    internal static Corpus Build(
        string folder, CorpusText text, Func<IEnumerable<Document>, ITokenizer> makeTokenizer, int patchSize,
        int alignment = 0) =>
        Write(folder, text.Train, text.HeldOut, makeTokenizer(text.Train), patchSize, alignment);

    /// <summary>Makes a corpus of given training and held-out parts.</summary>
    internal static Corpus Write(
        string folder, IEnumerable<Document> train, IEnumerable<Document> heldOut, ITokenizer tokenizer, int patchSize,
        int alignment = 0)
    {
        Disk.CreateFolder(folder);
        TokenizerFile.Save(tokenizer, Path.Combine(folder, TokenizerFile.FileName));
        TokenFileWriter.Write(Path.Combine(folder, TrainName), train, tokenizer, patchSize, alignment);
        TokenFileWriter.Write(Path.Combine(folder, HeldOutName), heldOut, tokenizer, patchSize, alignment);
        return new Corpus(folder, tokenizer);
    }

    /// <summary>Whether a folder holds a complete corpus. The held-out part is written last.</summary>
    public static bool Exists(string folder) => File.Exists(Path.Combine(folder, HeldOutName));

    /// <summary>Opens a corpus.</summary>
    /// <exception cref="CalmException">It is not there, or damaged.</exception>
    public static Corpus Open(string folder) =>
        new(folder, TokenizerFile.Load(Path.Combine(folder, TokenizerFile.FileName)));

    /// <summary>Opens the tokenizer in a corpus's folder, which need not hold a text.</summary>
    /// <exception cref="CalmException">It is not there, or damaged.</exception>
    internal static ITokenizer OpenTokenizer(string folder) => TokenizerFile.Load(Path.Combine(folder, TokenizerFile.FileName));

    /// <summary>Writes a tokenizer into the folder of a corpus without a text.</summary>
    internal static void WriteTokenizer(string folder, ITokenizer tokenizer)
    {
        Disk.CreateFolder(folder);
        TokenizerFile.Save(tokenizer, Path.Combine(folder, TokenizerFile.FileName));
    }

    /// <summary>Checks that both parts are long enough for training and evaluation.</summary>
    /// <param name="patches">Patches of a model's context.</param>
    /// <param name="unit">Their name in messages, such as "one sequence".</param>
    /// <exception cref="CalmException">A part is shorter, or nothing could be held out.</exception>
    /// <param name="setting">The setting that asks for as many; null for none.</param>
    internal void RequirePatches(int patches, string unit, string? setting = null)
    {
        RequirePatches(Train, patches, unit, possible => setting is null ? "" : $", or set {setting}={possible}");
        RequirePatches(HeldOut, FewestHeldOutPatches, "what is held out to judge a model", _ => "");
    }

    private static void RequirePatches(TokenFile file, int patches, string unit, Func<long, string> otherwise)
    {
        long present = file.Tokens / file.PatchSize;
        if (present < patches)
        {
            throw new CalmException(
                $"{file.Path}: {file.Tokens} tokens are less than {unit}, {patches} patches of {file.PatchSize}; "
                + $"give more text{otherwise(present)}.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Train.Dispose();
        HeldOut.Dispose();
    }
}
