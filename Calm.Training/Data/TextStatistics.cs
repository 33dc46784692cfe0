namespace Calm.Training;

/// <summary>A document's name and sizes.</summary>
internal readonly record struct DocumentSize(string Name, long Bytes, long Tokens);

/// <summary>Counts of a text.</summary>
/// <param name="Documents">Documents that are not empty.</param>
/// <param name="Empty">Documents that are.</param>
/// <param name="Bytes">Bytes of all documents.</param>
/// <param name="Tokens">Tokens of all documents, without ends of documents and padding.</param>
/// <param name="Duplicates">Documents that equal one before them.</param>
/// <param name="DuplicateBytes">Bytes of these.</param>
/// <param name="Longest">The first of the longest documents.</param>
internal sealed record TextStatistics(
    long Documents, long Empty, long Bytes, long Tokens, long Duplicates, long DuplicateBytes, DocumentSize Longest)
{
    /// <summary>Bytes of a token on average; NaN without any.</summary>
    public double BytesPerToken => (double)Bytes / Tokens;

    private readonly record struct Measured(DocumentSize Size, UInt128 Hash);

    /// <summary>Counts documents on all cores.</summary>
    /// <param name="documents">The documents, read once.</param>
    /// <param name="tokenizer">The tokenizer that makes tokens of them.</param>
    public static TextStatistics Of(IEnumerable<Document> documents, ITokenizer tokenizer)
    {
        TextStatistics counts = new(0, 0, 0, 0, 0, 0, default);
        HashSet<UInt128> known = [];
        IEnumerable<List<Measured>> measured = OrderedParallel.Map(
            OrderedParallel.Batches(documents), Environment.ProcessorCount, batch => Measure(batch, tokenizer));
        foreach (Measured one in measured.SelectMany(batch => batch))
        {
            counts = one.Size.Bytes == 0
                ? counts with { Empty = counts.Empty + 1 }
                : counts.With(one.Size, isDuplicate: !known.Add(one.Hash));
        }

        return counts;
    }

    private TextStatistics With(DocumentSize size, bool isDuplicate) => new(
        Documents + 1, Empty, Bytes + size.Bytes, Tokens + size.Tokens, Duplicates + (isDuplicate ? 1 : 0),
        DuplicateBytes + (isDuplicate ? size.Bytes : 0), size.Bytes > Longest.Bytes ? size : Longest);

    private static List<Measured> Measure(List<Document> batch, ITokenizer tokenizer)
    {
        List<Measured> measured = [];
        List<int> ids = [];
        foreach (Document document in batch)
        {
            ids.Clear();
            TokenFileWriter.Encode(document, tokenizer, ids);
            long bytes = document.IsIds ? ids.Sum(id => (long)tokenizer.BytesOf(id).Length) : document.Text.Length;
            measured.Add(new Measured(new DocumentSize(document.Name, bytes, ids.Count), GivenHeldOut.Hash(document)));
        }

        return measured;
    }
}
