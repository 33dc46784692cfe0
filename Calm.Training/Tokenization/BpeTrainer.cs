using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Trains a <see cref="BpeTokenizer"/>: counts distinct words on all cores, then merges the most frequent pair of
/// neighbours again and again. The same text gives the same tokenizer with any number of threads.
/// </summary>
public static class BpeTrainer
{
    // A merge of a pair that occurs once would only store the text.
    private const long LeastCount = 2;
    private const int PieceBytes = 1 << 20;

    /// <summary>Trains on documents, which are read once, in order, and not kept.</summary>
    /// <param name="documents">The text.</param>
    /// <param name="vocabularySize">Vocabulary size: 256 bytes, the merges, three special tokens.</param>
    /// <param name="threads">Number of threads that count words; 0 for all cores.</param>
    /// <param name="remark">Called with a message if the text has too few pairs for that many ids.</param>
    /// <exception cref="CalmException">There is no text, or the vocabulary is too small for the bytes.</exception>
    public static BpeTokenizer Train(
        IEnumerable<Document> documents, int vocabularySize, int threads = 0, Action<string>? remark = null)
    {
        int least = ByteTokenizer.ByteCount + Tokenizers.SpecialCount;
        if (vocabularySize < least)
        {
            throw new CalmException(
                $"tokenizer: a vocabulary of {vocabularySize} is too small, 256 bytes and 3 special ids take {least}.");
        }

        WordCounts words = Count(documents, threads == 0 ? Environment.ProcessorCount : threads);
        if (words.Table.Count == 0)
        {
            throw new CalmException("text: is empty, so no tokenizer can be trained on it; give some.");
        }

        BpeTokenizer tokenizer = new(new PairMerger(words).Merge(vocabularySize - least, LeastCount));
        if (tokenizer.VocabularySize < vocabularySize)
        {
            remark?.Invoke(
                $"tokenizer: the text has too few repeated pairs for a vocabulary of {vocabularySize}; "
                + $"it has {tokenizer.VocabularySize}.");
        }

        return tokenizer;
    }

    private static WordCounts Count(IEnumerable<Document> documents, int threads)
    {
        WordCounts total = new();
        var batches = OrderedParallel.Batches(documents.SelectMany(Pieces));
        foreach (WordCounts part in OrderedParallel.Map(batches, threads, CountBatch))
        {
            total.Add(part);
        }

        return total;
    }

    private static WordCounts CountBatch(List<Document> batch)
    {
        WordCounts counts = new();
        foreach (Document document in batch)
        {
            counts.AddText(document.Text.Span);
        }

        return counts;
    }

    /// <summary>A document in pieces, cut between lines so that the words stay the same.</summary>
    private static IEnumerable<Document> Pieces(Document document)
    {
        ReadOnlyMemory<byte> rest = document.Text;
        while (rest.Length > 0)
        {
            int end = Math.Min(PieceBytes, rest.Length);
            while (end < rest.Length && !IsBetweenLines(rest.Span, end))
            {
                end++;
            }

            yield return document with { Text = rest[..end] };
            rest = rest[end..];
        }
    }

    private static bool IsBetweenLines(ReadOnlySpan<byte> text, int at) =>
        text[at - 1] == '\n' && text[at] is not ((byte)'\n' or (byte)'\r');
}
