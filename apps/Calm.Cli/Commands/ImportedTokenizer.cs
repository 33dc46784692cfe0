using Calm.Runtime;

namespace Calm.Cli;

/// <summary>The tokenizer of a checkpoint that is imported.</summary>
internal static class ImportedTokenizer
{
    /// <summary>The tokenizer that was named, else the one beside the weights, else ids.</summary>
    /// <param name="named">A file, a folder, bytes or ids; null if nothing was named.</param>
    /// <param name="source">The checkpoint.</param>
    /// <param name="ids">The model's ids.</param>
    /// <param name="terminal">Told if there is no tokenizer.</param>
    /// <exception cref="CalmException">It cannot be read, or does not fit the model.</exception>
    public static ITokenizer Choose(string? named, string source, TokenizerIds ids, Terminal terminal)
    {
        if (named is not null)
        {
            return named switch
            {
                TokenizerFile.BytesType => new ByteTokenizer(),
                TokenizerFile.IdsType => OfIds(ids),
                _ => Path.Exists(named)
                    ? TokenizerFile.Load(named, ids)
                    : throw new UsageException($"--tokenizer {named}: must be a file, a folder, bytes or ids."),
            };
        }

        string folder = File.Exists(source) ? Path.GetDirectoryName(Path.GetFullPath(source))! : source;
        if (TokenizerFile.IsIn(folder))
        {
            return TokenizerFile.Load(folder, ids);
        }

        terminal.Error.WriteLine(
            "no tokenizer is beside the weights: text is ids in decimal, as \"3 17 5\"; calm import --tokenizer FILE names one.");
        return OfIds(ids);
    }

    private static IdsTokenizer OfIds(TokenizerIds ids) =>
        new(ids.Vocabulary!.Value, ids.Begin!.Value, ids.EndOfText!.Value, ids.Pad!.Value);
}
