namespace Calm.Training;

/// <summary>Counts of the words of a text.</summary>
internal sealed class WordCounts
{
    private readonly List<long> _counts = [];

    /// <summary>The words.</summary>
    public WordTable Table { get; } = new();

    /// <summary>The count of a word.</summary>
    public long this[int word] => _counts[word];

    /// <summary>Counts the words of a text.</summary>
    public void AddText(ReadOnlySpan<byte> text)
    {
        for (int start = 0; start < text.Length;)
        {
            int end = WordScanner.End(text, start);
            Add(text[start..end], 1);
            start = end;
        }
    }

    /// <summary>Adds the counts of another.</summary>
    public void Add(WordCounts other)
    {
        for (int word = 0; word < other.Table.Count; word++)
        {
            Add(other.Table[word], other[word]);
        }
    }

    private void Add(ReadOnlySpan<byte> word, long count)
    {
        int index = Table.GetOrAdd(word, out bool isNew);
        if (isNew)
        {
            _counts.Add(count);
        }
        else
        {
            _counts[index] += count;
        }
    }
}
