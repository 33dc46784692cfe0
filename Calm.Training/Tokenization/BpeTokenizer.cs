using System.Collections.Concurrent;

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
    /// <summary>Most bytes of a token.</summary>
    internal const int LongestToken = 128;

    private readonly (int Left, int Right)[] _merges;
    private readonly PairMerges _pairs = new();
    private readonly byte[][] _bytes;
    private readonly ConcurrentBag<EncodedWords> _caches = [];
    private string? _hash;

    /// <summary>A tokenizer with its merges in their order; merge i makes id 256 + i of two smaller ids.</summary>
    /// <exception cref="ArgumentException">
    /// A merge names an id that is not there yet, repeats one, or makes a token longer than 128 bytes.
    /// </exception>
    public BpeTokenizer(IReadOnlyList<(int Left, int Right)> merges)
    {
        _merges = [.. merges];
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
        Span<int> buffer = stackalloc int[WordScanner.MostBytes];
        for (int start = 0; start < text.Length;)
        {
            int end = WordScanner.End(text, start);
            ReadOnlySpan<byte> word = text[start..end];
            if (word.Length > EncodedWords.LongestWord)
            {
                ids.AddRange(EncodeWord(word, buffer));
            }
            else if (!cache.TryAppend(word, ids))
            {
                ReadOnlySpan<int> encoded = EncodeWord(word, buffer);
                cache.Keep(encoded);
                ids.AddRange(encoded);
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
        if (_bytes[id].Length > LongestToken)
        {
            throw new ArgumentException($"merge {merge} makes {_bytes[id].Length} bytes, expected at most {LongestToken}");
        }

        if (!_pairs.Add(left, right, id))
        {
            throw new ArgumentException($"merge {merge} repeats ids {left} and {right}");
        }
    }

    private ReadOnlySpan<int> EncodeWord(ReadOnlySpan<byte> word, Span<int> buffer)
    {
        for (int i = 0; i < word.Length; i++)
        {
            buffer[i] = word[i];
        }

        return buffer[.._pairs.Apply(buffer[..word.Length])];
    }
}
