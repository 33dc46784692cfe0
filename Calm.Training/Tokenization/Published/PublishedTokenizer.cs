using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Calm.Training;

/// <summary>
/// A byte-level byte-pair encoding as others publish it. Text is normalised, cut into words, and the pairs of each word are
/// merged. Bytes that are not UTF-8 become U+FFFD, as with every program that reads the format.
/// </summary>
internal sealed class PublishedTokenizer : ITokenizer
{
    private const int MostStackIds = 512;

    private readonly TextNormalizer? _normalizer;
    private readonly PreTokenizer _preTokenizer;
    private readonly PairMerges _pairs = new();
    private readonly int[] _idOfByte;
    private readonly byte[][] _bytes;
    private readonly AddedTokenSearch _raw;
    private readonly AddedTokenSearch _normalized;
    private readonly WordTable? _whole;
    private readonly List<int> _wholeIds = [];
    private readonly ConcurrentBag<EncodedWords> _caches = [];
    private string? _hash;

    /// <summary>A tokenizer.</summary>
    /// <param name="model">Its contents.</param>
    /// <param name="ids">Its special ids and its size, all of them stated.</param>
    /// <exception cref="JsonException">They do not fit together, or cannot be honoured.</exception>
    public PublishedTokenizer(TokenizerModel model, TokenizerIds ids)
    {
        Model = model;
        (Begin, EndOfText, Pad, VocabularySize) = (ids.Begin!.Value, ids.EndOfText!.Value, ids.Pad!.Value, ids.Vocabulary!.Value);
        _normalizer = TextNormalizer.Read(model.Normalizer);
        _preTokenizer = PreTokenizerJson.Read(model.PreTokenizer);
        _bytes = Bytes(model, VocabularySize);
        _idOfByte = IdsOfBytes(model);
        HashSet<int> special = [.. model.Added.Where(token => token.IsSpecial).Select(token => token.Id)];
        foreach ((int left, int right, int id) in model.Merges)
        {
            _pairs.Add(left, right, id);
            if (special.Contains(id))
            {
                throw new JsonException($"a merge makes the special token {id}");
            }
        }

        AddedToken[] added = [.. model.Added.Where(token => !token.IsSpecial)];
        _raw = new AddedTokenSearch(added.Where(token => !token.IsNormalized).Select(token => (token.Content, token.Id)));
        _normalized = new AddedTokenSearch(added.Where(token => token.IsNormalized).Select(
            token => (_normalizer?.Apply(token.Content) ?? token.Content, token.Id)).Where(token => token.Item1.Length > 0));
        _whole = model.IgnoresMerges ? Whole(special) : null;
    }

    /// <summary>Its contents.</summary>
    public TokenizerModel Model { get; }

    /// <inheritdoc/>
    public string Name => TokenizerFile.PublishedType;

    /// <inheritdoc/>
    public int VocabularySize { get; }

    /// <inheritdoc/>
    public int Begin { get; }

    /// <inheritdoc/>
    public int EndOfText { get; }

    /// <inheritdoc/>
    public int Pad { get; }

    /// <inheritdoc/>
    public string Hash => _hash ??= MakeHash();

    /// <inheritdoc/>
    public void Encode(ReadOnlySpan<byte> text, List<int> ids)
    {
        EncodedWords cache = _caches.TryTake(out EncodedWords? idle) ? idle : new EncodedWords();
        if (_normalizer is null && _raw.IsEmpty && _normalized.IsEmpty && _preTokenizer.Scanner is not null && Utf8.IsValid(text))
        {
            Scan(text, ids, cache);
        }
        else
        {
            EncodeText(Encoding.UTF8.GetString(text), ids, cache);
        }

        _caches.Add(cache);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> BytesOf(int id) => (uint)id < (uint)_bytes.Length ? _bytes[id] : throw this.NoSuchId(id);

    private void EncodeText(string text, List<int> ids, EncodedWords cache)
    {
        foreach ((string part, int id) in _raw.Parts(text))
        {
            foreach ((string segment, int normalizedId) in _normalized.Parts(_normalizer?.Apply(part) ?? part))
            {
                EncodeSegment(segment, ids, cache);
                AddIfAny(normalizedId, ids);
            }

            AddIfAny(id, ids);
        }
    }

    private static void AddIfAny(int id, List<int> ids)
    {
        if (id >= 0)
        {
            ids.Add(id);
        }
    }

    private void EncodeSegment(string segment, List<int> ids, EncodedWords cache)
    {
        if (_preTokenizer.Scanner is not null)
        {
            Scan(Encoding.UTF8.GetBytes(segment), ids, cache);
            return;
        }

        byte[] buffer = [];
        foreach (ReadOnlyMemory<char> word in _preTokenizer.Words(segment))
        {
            int most = Encoding.UTF8.GetMaxByteCount(word.Length);
            buffer = buffer.Length < most ? new byte[Math.Max(most, 2L * buffer.Length)] : buffer;
            EncodeWord(buffer.AsSpan(0, Encoding.UTF8.GetBytes(word.Span, buffer)), ids, cache);
        }
    }

    private void Scan(ReadOnlySpan<byte> text, List<int> ids, EncodedWords cache)
    {
        PatternScanner scanner = _preTokenizer.Scanner!;
        for (int start = 0; start < text.Length;)
        {
            int end = scanner.End(text, start);
            EncodeWord(text[start..end], ids, cache);
            start = end;
        }
    }

    private void EncodeWord(ReadOnlySpan<byte> word, List<int> ids, EncodedWords cache)
    {
        bool isKept = word.Length <= EncodedWords.LongestWord;
        if (isKept && cache.TryAppend(word, ids))
        {
            return;
        }

        int[]? rented = word.Length > MostStackIds ? ArrayPool<int>.Shared.Rent(word.Length) : null;
        Span<int> buffer = rented is null ? stackalloc int[MostStackIds] : rented;
        ReadOnlySpan<int> encoded = Merge(word, buffer[..word.Length]);
        if (isKept)
        {
            cache.Keep(encoded);
        }

        ids.AddRange(encoded);
        if (rented is not null)
        {
            ArrayPool<int>.Shared.Return(rented);
        }
    }

    private ReadOnlySpan<int> Merge(ReadOnlySpan<byte> word, Span<int> buffer)
    {
        if (_whole?.Find(word) is >= 0 and int whole)
        {
            buffer[0] = _wholeIds[whole];
            return buffer[..1];
        }

        for (int i = 0; i < word.Length; i++)
        {
            buffer[i] = _idOfByte[word[i]];
        }

        return buffer[.._pairs.Apply(buffer)];
    }

    /// <summary>The words that are tokens.</summary>
    private WordTable Whole(HashSet<int> special)
    {
        WordTable words = new();
        for (int id = 0; id < Model.Vocabulary.Count; id++)
        {
            if (_bytes[id].Length > 0 && !special.Contains(id))
            {
                words.GetOrAdd(_bytes[id], out bool isNew);
                if (isNew)
                {
                    _wholeIds.Add(id);
                }
            }
        }

        return words;
    }

    private static byte[][] Bytes(TokenizerModel model, int size)
    {
        byte[][] bytes = new byte[size][];
        Array.Fill(bytes, []);
        for (int id = 0; id < model.Vocabulary.Count; id++)
        {
            if (model.Vocabulary[id] is { } token)
            {
                bytes[id] = ByteAlphabet.TryRead(token) ?? Encoding.UTF8.GetBytes(token);
            }
        }

        foreach (AddedToken token in model.Added)
        {
            bytes[token.Id] = token.IsSpecial ? [] : Encoding.UTF8.GetBytes(token.Content);
        }

        return bytes;
    }

    private static int[] IdsOfBytes(TokenizerModel model)
    {
        int[] ids = new int[ByteTokenizer.ByteCount];
        Array.Fill(ids, -1);
        for (int id = 0; id < model.Vocabulary.Count; id++)
        {
            if (model.Vocabulary[id] is { Length: 1 } token && ByteAlphabet.TryRead(token) is [byte value])
            {
                ids[value] = id;
            }
        }

        int missing = Array.IndexOf(ids, -1);
        return missing < 0
            ? ids
            : throw new JsonException($"vocab lacks byte {missing}, {Quote.Of(ByteAlphabet.Write([(byte)missing]))}");
    }

    /// <summary>SHA-256 of all that decides ids and bytes, whatever files it came from.</summary>
    private string MakeHash()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(Name);
        AddNumbers(Begin, EndOfText, Pad, VocabularySize, Model.IgnoresMerges ? 1 : 0);
        Add(Model.Normalizer.IsAbsent() ? "" : JsonSerializer.Serialize(Model.Normalizer));
        Add(JsonSerializer.Serialize(Model.PreTokenizer));
        AddNumbers(Model.Vocabulary.Count);
        foreach (string? token in Model.Vocabulary)
        {
            Add(token ?? "");
        }

        AddNumbers(Model.Merges.Count);
        foreach ((int left, int right, int id) in Model.Merges)
        {
            AddNumbers(left, right, id);
        }

        foreach (AddedToken token in Model.Added)
        {
            AddNumbers(token.Id, token.IsSpecial ? 1 : 0, token.IsNormalized ? 1 : 0);
            Add(token.Content);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Add(string text)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            AddNumbers(bytes.Length);
            hash.AppendData(bytes);
        }

        void AddNumbers(params ReadOnlySpan<int> numbers)
        {
            Span<byte> bytes = stackalloc byte[sizeof(int) * numbers.Length];
            for (int i = 0; i < numbers.Length; i++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(bytes[(sizeof(int) * i)..], numbers[i]);
            }

            hash.AppendData(bytes);
        }
    }
}
