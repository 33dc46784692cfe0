using System.Security.Cryptography;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>The tokens on which a model is measured: the held-out part of its run's text, or a text of their own.</summary>
internal sealed class MeasuredText : IDisposable
{
    private const string FileName = "text.tokens";

    private readonly string? _folder;

    private MeasuredText(string name, ITokenizer tokenizer, TokenFile tokens, DocumentLayout layout, string? folder)
    {
        Name = name;
        Tokenizer = tokenizer;
        Tokens = tokens;
        Layout = layout;
        _folder = folder;
    }

    /// <summary>Its name for people.</summary>
    public string Name { get; }

    /// <summary>The tokenizer that made the tokens.</summary>
    public ITokenizer Tokenizer { get; }

    /// <summary>The tokens.</summary>
    public TokenFile Tokens { get; }

    /// <summary>The tokens around documents.</summary>
    public DocumentLayout Layout { get; }

    /// <summary>SHA-256 of the documents' bytes, one behind the other; null for a part that a run holds out.</summary>
    public string? Sha256 { get; private init; }

    /// <summary>Whether it is the held-out part of a run's own text.</summary>
    public bool IsHeldOut => Sha256 is null;

    /// <summary>The held-out part of a corpus, which stays open as long as the corpus.</summary>
    public static MeasuredText HeldOutOf(Corpus corpus) =>
        new("held-out part of the run's text", corpus.Tokenizer, corpus.HeldOut, DocumentLayout.Ended, null);

    /// <summary>A text of its own, which is tokenised into a temporary folder.</summary>
    /// <param name="name">Its name for people.</param>
    /// <param name="documents">The documents; read once.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="patchSize">Tokens of the model's patches.</param>
    /// <param name="layout">The tokens around documents.</param>
    public static MeasuredText Of(
        string name, IEnumerable<Document> documents, ITokenizer tokenizer, int patchSize, DocumentLayout layout)
    {
        string folder = Directory.CreateTempSubdirectory("calm-").FullName;
        try
        {
            string path = Path.Combine(folder, FileName);
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            int alignment = layout == DocumentLayout.Begun ? 1 : patchSize;
            TokenFileWriter.Write(path, Hashed(documents, hash), tokenizer, alignment, layout: layout);
            MeasuredText text = new(name, tokenizer, TokenFile.Open(path, tokenizer), layout, folder)
            {
                Sha256 = Convert.ToHexStringLower(hash.GetHashAndReset()),
            };
            if (text.Tokens.Tokens < 2L * patchSize)
            {
                text.Dispose();
                throw new CalmException(
                    $"{name}: has {text.Tokens.Tokens} tokens, and two patches of {patchSize} are needed; give more text.");
            }

            return text;
        }
        catch
        {
            Disk.TryDelete(folder);
            throw;
        }
    }

    /// <summary>Deletes what was made for it.</summary>
    public void Dispose()
    {
        if (_folder is not null)
        {
            Tokens.Dispose();
            Disk.TryDelete(_folder);
        }
    }

    private static IEnumerable<Document> Hashed(IEnumerable<Document> documents, IncrementalHash hash)
    {
        foreach (Document document in documents)
        {
            hash.AppendData(document.Text.Span);
            yield return document;
        }
    }
}
