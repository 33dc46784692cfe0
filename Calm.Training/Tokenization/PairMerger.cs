namespace Calm.Training;

/// <summary>
/// Merges pairs in training. Holds the words as ids and, for every pair of neighbours, its count and its words. A merge
/// touches only those words. Counts of known pairs only fall, so the heap is corrected when a pair reaches its top.
/// </summary>
internal sealed class PairMerger
{
    private readonly int[] _ids;
    private readonly int[] _starts;
    private readonly int[] _lengths;
    private readonly long[] _counts;
    private readonly List<Pair> _pairs = [];
    private readonly PairTable _indexOfPair = new();
    private readonly PriorityQueue<int, Priority> _heap = new();
    private readonly WordTable _tokens = new();

    /// <summary>The words of a text as bytes.</summary>
    public PairMerger(WordCounts words)
    {
        for (int value = 0; value < ByteTokenizer.ByteCount; value++)
        {
            _tokens.GetOrAdd([(byte)value], out _);
        }

        int count = words.Table.Count;
        _starts = new int[count];
        _lengths = new int[count];
        _counts = new long[count];
        List<int> ids = [];
        for (int word = 0; word < count; word++)
        {
            ReadOnlySpan<byte> bytes = words.Table[word];
            _starts[word] = ids.Count;
            _lengths[word] = bytes.Length;
            _counts[word] = words[word];
            foreach (byte value in bytes)
            {
                ids.Add(value);
            }
        }

        _ids = [.. ids];
        for (int word = 0; word < count; word++)
        {
            Span<int> idsOfWord = IdsOf(word);
            for (int i = 0; i + 1 < idsOfWord.Length; i++)
            {
                Change(idsOfWord[i], idsOfWord[i + 1], _counts[word], word);
            }
        }
    }

    private sealed class Pair(int left, int right)
    {
        public readonly int Left = left;
        public readonly int Right = right;
        public readonly List<int> Words = [];
        public long Count;
    }

    /// <summary>Most frequent first; of equally frequent ones the one with the smaller ids.</summary>
    private readonly record struct Priority(long Count, int Left, int Right) : IComparable<Priority>
    {
        public int CompareTo(Priority other)
        {
            int order = other.Count.CompareTo(Count);
            order = order != 0 ? order : Left.CompareTo(other.Left);
            return order != 0 ? order : Right.CompareTo(other.Right);
        }
    }

    /// <summary>
    /// Merges the most frequent pair, at most so many times; stops when none is frequent enough. A pair whose bytes are a token
    /// already, made of other parts, or are too long for one, is passed over: no two ids stand for the same bytes.
    /// </summary>
    public List<(int Left, int Right)> Merge(int most, long leastCount)
    {
        List<(int Left, int Right)> merges = [];
        EnqueueFrom(0, leastCount);
        while (merges.Count < most && _heap.TryDequeue(out int index, out Priority priority))
        {
            Pair pair = _pairs[index];
            if (priority.Count != pair.Count)
            {
                Enqueue(index, leastCount);
                continue;
            }

            if (!TryAddToken(pair))
            {
                continue;
            }

            int firstNew = _pairs.Count;
            int id = ByteTokenizer.ByteCount + merges.Count;
            merges.Add((pair.Left, pair.Right));
            foreach (int word in pair.Words)
            {
                MergeIn(word, pair, id);
            }

            pair.Count = 0;
            pair.Words.Clear();
            pair.Words.TrimExcess();
            EnqueueFrom(firstNew, leastCount);
        }

        return merges;
    }

    private bool TryAddToken(Pair pair)
    {
        byte[] bytes = [.. _tokens[pair.Left], .. _tokens[pair.Right]];
        if (bytes.Length > BpeTokenizer.LongestToken)
        {
            return false;
        }

        _tokens.GetOrAdd(bytes, out bool isNew);
        return isNew;
    }

    private Span<int> IdsOf(int word) => _ids.AsSpan(_starts[word], _lengths[word]);

    /// <summary>Replaces a pair in a word from left to right and updates the counts of neighbouring pairs.</summary>
    private void MergeIn(int word, Pair pair, int id)
    {
        Span<int> ids = IdsOf(word);
        long count = _counts[word];
        int written = 0;
        for (int read = 0; read < ids.Length; written++)
        {
            bool matches = read + 1 < ids.Length && ids[read] == pair.Left && ids[read + 1] == pair.Right;
            if (!matches)
            {
                ids[written] = ids[read++];
                continue;
            }

            if (written > 0)
            {
                Change(ids[written - 1], pair.Left, -count, word);
                Change(ids[written - 1], id, count, word);
            }

            if (read + 2 < ids.Length)
            {
                Change(pair.Right, ids[read + 2], -count, word);
                Change(id, ids[read + 2], count, word);
            }

            ids[written] = id;
            read += 2;
        }

        _lengths[word] = written;
    }

    private void Change(int left, int right, long change, int word)
    {
        int index = _indexOfPair.Find(left, right);
        if (index < 0)
        {
            index = _pairs.Count;
            _pairs.Add(new Pair(left, right));
            _indexOfPair.Set(left, right, index);
        }

        Pair pair = _pairs[index];
        pair.Count += change;
        if (change > 0 && (pair.Words.Count == 0 || pair.Words[^1] != word))
        {
            pair.Words.Add(word);
        }
    }

    private void EnqueueFrom(int first, long leastCount)
    {
        for (int index = first; index < _pairs.Count; index++)
        {
            Enqueue(index, leastCount);
        }
    }

    private void Enqueue(int index, long leastCount)
    {
        Pair pair = _pairs[index];
        if (pair.Count >= leastCount)
        {
            _heap.Enqueue(index, new Priority(pair.Count, pair.Left, pair.Right));
        }
    }
}
