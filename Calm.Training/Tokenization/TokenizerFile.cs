using System.Security.Cryptography;
using System.Text.Json;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Tokenizers on disk. Byte-pair encodings and bytes are a tokenizer.json as of Hugging Face; levels of a series and ids have a
/// form of their own, in which earlier versions wrote all of them. Ranks of tiktoken and Llama 3 are read, too.
/// See docs/files.md.
/// </summary>
public static class TokenizerFile
{
    internal const string BytesType = "bytes";
    internal const string BpeType = "bpe";
    internal const string LevelsType = "levels";
    internal const string IdsType = "ids";
    internal const string PublishedType = "published";

    /// <summary>The name of a tokenizer in a folder.</summary>
    internal const string FileName = "tokenizer.json";

    private const int MostBytes = 1 << 28;
    private const byte SentencePieceMark = 0x0A; // the first field of its message

    private static readonly string[] FileNames = [FileName, "tokenizer.model"];

    /// <summary>The files that <see cref="Export"/> writes.</summary>
    public static IReadOnlyList<string> ExportedNames { get; } = [FileName, TokenizerConfig.FileName];

    /// <summary>The names of the expressions for ranks.</summary>
    public static string SplitNames => TiktokenRanks.PatternNames;

    private static readonly JsonFile Json = new(
        "a tokenizer that can be used", "give a byte-level BPE, or train a new one", CalmTokenizer.JsonOptions);

    /// <summary>Writes a tokenizer crash-safely; the same tokenizer gives the same bytes.</summary>
    /// <remarks>Beside a published one goes a tokenizer_config.json that names its special ids.</remarks>
    public static void Save(ITokenizer tokenizer, string path)
    {
        SafeFile.Write(path, Serialize(tokenizer));
        if (tokenizer is PublishedTokenizer published)
        {
            SafeFile.Write(BesideOf(path, TokenizerConfig.FileName), TokenizerConfig.Write(published, published.Model.ContentOf));
        }
    }

    /// <summary>Writes a tokenizer into a folder as other programs expect it there, with its special tokens named.</summary>
    /// <returns>Whether other programs can read it: levels and ids have no form of theirs.</returns>
    public static bool Export(ITokenizer tokenizer, string folder)
    {
        Save(tokenizer, Path.Combine(folder, FileName));
        if (OwnTokenizers.ModelOf(tokenizer) is not { } model)
        {
            return false;
        }

        SafeFile.Write(Path.Combine(folder, TokenizerConfig.FileName), TokenizerConfig.Write(tokenizer, model.ContentOf));
        return true;
    }

    /// <summary>Reads a tokenizer.</summary>
    /// <param name="path">
    /// A tokenizer.json, a file of ranks, or a folder with one of them; its contents decide, not its name. Files beside it
    /// name special tokens.
    /// </param>
    /// <param name="ids">The ids of a model; null for those that its files name.</param>
    /// <param name="pattern">Name of the expression that goes with ranks; null to go by their number.</param>
    /// <exception cref="CalmException">It cannot be read, is none, or asks for what is not supported.</exception>
    public static ITokenizer Load(string path, TokenizerIds? ids = null, string? pattern = null)
    {
        string file = Directory.Exists(path) ? FileIn(path) : path;
        ReadOnlySpan<byte> bytes = BoundedFile.Read(file, MostBytes);
        TokenizerConfig Config() => TokenizerConfig.Read(BesideOf(file, ""));

        if (TiktokenRanks.Are(bytes))
        {
            TokenizerConfig config = Config();
            byte[] ranks = bytes[..Math.Min(bytes.Length, TiktokenRanks.MostBytes + 1)].ToArray();
            return Json.Make(file, () => SpecialTokens.Complete(
                TiktokenRanks.Read(ranks, pattern, config.Added), config, ids ?? new TokenizerIds()));
        }

        if (bytes is [SentencePieceMark, ..] && bytes.TrimStart(" \t\r\n"u8) is not [(byte)'{', ..])
        {
            throw new CalmException($"{file}: a SentencePiece model is not supported; give a tokenizer.json of byte-level BPE.");
        }

        ITokenizer? tokenizer = null;
        Json.Parse<JsonElement>(bytes, file, root =>
        {
            tokenizer = Read(root, Config, ids ?? new TokenizerIds());
            return null;
        });
        return tokenizer!;
    }

    /// <summary>The hash of a tokenizer of our own: SHA-256 of the form in which earlier versions wrote it.</summary>
    internal static string HashOf(ITokenizer tokenizer) =>
        Convert.ToHexStringLower(SHA256.HashData(CalmTokenizer.Write(tokenizer)));

    /// <summary>The file's bytes.</summary>
    public static byte[] Serialize(ITokenizer tokenizer) =>
        OwnTokenizers.ModelOf(tokenizer) is { } model ? TokenizerJson.Write(model) : CalmTokenizer.Write(tokenizer);

    private static ITokenizer Read(JsonElement root, Func<TokenizerConfig> config, TokenizerIds ids)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("it is no object");
        }

        if (root.Member("model").IsAbsent())
        {
            ITokenizer own = CalmTokenizer.Read(root);
            return ids.AreOf(own) ? own : throw new JsonException("its special ids or their number are not those of the model");
        }

        TokenizerModel model = TokenizerJson.Read(root);
        return OwnTokenizers.Recognise(model) is { } known && ids.AreOf(known)
            ? known
            : SpecialTokens.Complete(model, config(), ids);
    }

    /// <summary>Whether a folder has a tokenizer.</summary>
    internal static bool IsIn(string folder) => FileNames.Any(name => File.Exists(Path.Combine(folder, name)));

    private static string FileIn(string folder) =>
        FileNames.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? throw new CalmException($"{folder}: has no {string.Join(" and no ", FileNames)}; name the file of the tokenizer.");

    private static string BesideOf(string file, string name) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file)) ?? "", name);
}
