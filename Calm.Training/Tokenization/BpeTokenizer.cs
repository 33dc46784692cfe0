using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Calm.Training;

/// <summary>
/// Byte-level byte-pair encoding. Text is cut into words (<see cref="WordScanner"/>); within a word the pair of
/// neighbours that was merged earliest in training is merged first, until none is left. Ids 0 to 255 are bytes; then come
/// the merges in their order, begin, end of text and padding.
/// </summary>
/// <remarks>
/// Source: Sennrich, Haddow and Birch 2016, "Neural machine translation of rare words with subword units", on bytes as
/// in Radford et al. 2019. Trained by <see cref="BpeTrainer"/>.
/// </remarks>
public sealed class BpeTokenizer : ITokenizer
{
    private readonly (int Left, int Right)[] _merges;
    private readonly Dictionary<ulong, int> _idOfPair;
    private readonly byte[][] _bytes;
    private readonly ConcurrentBag<EncodedWords> _caches = [];
    private string? _hash;

    /// <summary>A tokenizer with its merges in their order; merge i makes id 256 + i of two smaller ids.</summary>
    /// <exception cref="ArgumentException">
    /// A merge names an id that is not there yet, repeats one, or makes a token longer than a word.
    /// </exception>
    public BpeTokenizer(IReadOnlyList<(int Left, int Right)> merges)
    {
        _merges = [.. merges];
        _idOfPair = new Dictionary<ulong, int>(_merges.Length);
        _bytes = new byte[ByteTokenizer.ByteCount + _merges.Length][];
        for (int value = 0; value < ByteTokenizer.ByteCount; value++)
        {
            _bytes[value] = [(byte)value];
        }

        for (int merge = 0; merge < _merges.Length; merge++)
        {
            Add(merge);
        }
    }

    /// <inheritdoc/>
    public string Name => TokenizerFile.BpeType;

    /// <inheritdoc/>
    public int VocabularySize => _bytes.Length + Tokenizers.SpecialCount;

    /// <inheritdoc/>
    public string Hash => _hash ??= TokenizerFile.HashOf(this);

    /// <summary>The pairs that were merged, in their order.</summary>
    public IReadOnlyList<(int Left, int Right)> Merges => _merges;

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<byte> text, List<int> ids)
    {
        EncodedWords cache = _caches.TryTake(out EncodedWords? idle) ? idle : new EncodedWords();
        Span<int> buffer = stackalloc int[WordScanner.LongestWord];
        for (int start = 0; start < text.Length;)
        {
            int end = WordScanner.End(text, start);
            ReadOnlySpan<byte> word = text[start..end];
            if (!cache.TryAppend(word, ids))
            {
                int count = EncodeWord(word, buffer);
                cache.Keep(buffer[..count]);
                ids.AddRange((ReadOnlySpan<int>)buffer[..count]);
            }

            start = end;
        }

        _caches.Add(cache);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> BytesOf(int id) =>
        (uint)id >= (uint)VocabularySize ? throw this.NoSuchId(id)
        : id < _bytes.Length ? _bytes[id]
        : [];

    private void Add(int merge)
    {
        (int left, int right) = _merges[merge];
        int id = ByteTokenizer.ByteCount + merge;
        if (left < 0 || left >= id || right < 0 || right >= id)
        {
            throw new ArgumentException($"merge {merge} is of ids {left} and {right}, expected 0 to {id - 1}");
        }

        _bytes[id] = [.. _bytes[left], .. _bytes[right]];
        if (_bytes[id].Length > WordScanner.LongestWord)
        {
            throw new ArgumentException(
                $"merge {merge} makes {_bytes[id].Length} bytes, expected at most {WordScanner.LongestWord}");
        }

        if (!_idOfPair.TryAdd(Pair(left, right), id))
        {
            throw new ArgumentException($"merge {merge} repeats ids {left} and {right}");
        }
    }

    private static ulong Pair(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    /// <summary>Merges the pair with the smallest id, leftmost first, until no neighbours are a pair.</summary>
    private int EncodeWord(ReadOnlySpan<byte> word, Span<int> ids)
    {
        const int none = int.MaxValue;

        // merged[i] is what ids[i] and ids[i + 1] become.
        Span<int> merged = stackalloc int[word.Length];
        int count = word.Length;
        for (int i = 0; i < count; i++)
        {
            ids[i] = word[i];
        }

        for (int i = 0; i < count - 1; i++)
        {
            merged[i] = _idOfPair.GetValueOrDefault(Pair(ids[i], ids[i + 1]), none);
        }

        while (count > 1)
        {
            int first = IndexOfMin(merged[..(count - 1)]);
            if (merged[first] == none)
            {
                break;
            }

            ids[first] = merged[first];
            count--;
            ids[(first + 2)..(count + 1)].CopyTo(ids[(first + 1)..]);
            merged[(first + 1)..count].CopyTo(merged[first..]);
            for (int i = Math.Max(0, first - 1); i <= Math.Min(first, count - 2); i++)
            {
                merged[i] = _idOfPair.GetValueOrDefault(Pair(ids[i], ids[i + 1]), none);
            }
        }

        return count;
    }

    private static int IndexOfMin(ReadOnlySpan<int> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            if (values[i] < values[best])
            {
                best = i;
            }
        }

        return best;
    }

    /// <summary>A cache of the ids of words, for one thread: most of a text is a few thousand words.</summary>
    private sealed class EncodedWords
    {
        private const int MostWords = 1 << 18;

        private readonly WordTable _words = new();
        private readonly List<int> _ids = [];
        private readonly List<int> _ends = [];

        /// <summary>Appends the ids of a cached word. After a miss, <see cref="Keep"/> must follow.</summary>
        public bool TryAppend(ReadOnlySpan<byte> word, List<int> target)
        {
            if (_words.Count == MostWords)
            {
                _words.Clear();
                _ids.Clear();
                _ends.Clear();
            }

            int known = _words.GetOrAdd(word, out bool isNew);
            if (isNew)
            {
                return false;
            }

            int start = known == 0 ? 0 : _ends[known - 1];
            target.AddRange((ReadOnlySpan<int>)CollectionsMarshal.AsSpan(_ids)[start.._ends[known]]);
            return true;
        }

        /// <summary>Stores the ids of the word that was missed.</summary>
        public void Keep(ReadOnlySpan<int> ids)
        {
            _ids.AddRange(ids);
            _ends.Add(_ids.Count);
        }
    }
}
