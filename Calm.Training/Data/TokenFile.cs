using System.IO.MemoryMappedFiles;
using Calm.Runtime;
using Microsoft.Win32.SafeHandles;

namespace Calm.Training;

/// <summary>
/// A tokenised corpus on disk, mapped into memory. Each document is its tokens and an end-of-text token, padded to whole
/// patches.
/// </summary>
/// <remarks>
/// Layout, little-endian: <see cref="TokenFileHeader"/>; tokens of 16 bits, or 32 where the vocabulary needs them; from
/// the next multiple of eight bytes the first token of each document and the number of tokens, 64 bits each. Made by
/// <see cref="TokenFileWriter"/>.
/// </remarks>
internal sealed unsafe class TokenFile : IDisposable
{
    private readonly TokenFileHeader _header;
    private readonly SafeFileHandle _file;
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private byte* _bytes;

    private TokenFile(string path, FileStream file)
    {
        Path = path;
        byte[] start = new byte[TokenFileHeader.ByteCount];
        int read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        _header = TokenFileHeader.Parse(path, start.AsSpan(0, read), file.Length);
        _file = file.SafeFileHandle;
        _map = MemoryMappedFile.CreateFromFile(
            file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _bytes);
        _bytes += _view.PointerOffset;
    }

    /// <summary>Path of the file.</summary>
    public string Path { get; }

    /// <summary>Vocabulary size of its tokenizer.</summary>
    public int VocabularySize => _header.VocabularySize;

    /// <summary>Documents are padded to a multiple of this number of tokens.</summary>
    public int PatchSize => _header.PatchSize;

    /// <summary>Number of tokens, padding included.</summary>
    public long Tokens => _header.Tokens;

    /// <summary>Number of documents.</summary>
    public long Documents => _header.Documents;

    private ReadOnlySpan<long> Offsets => new(_bytes + _header.OffsetsStart, checked((int)Documents + 1));

    /// <summary>Opens a file and checks it.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="tokenizer">The tokenizer that must have made it.</param>
    /// <exception cref="CalmException">It cannot be read, is damaged, or another tokenizer made it.</exception>
    public static TokenFile Open(string path, ITokenizer tokenizer)
    {
        FileStream? stream = null;
        TokenFile? file = null;
        try
        {
            stream = File.OpenRead(path);
            file = new TokenFile(path, stream);
            file.Validate(tokenizer);
            return file;
        }
        catch (Exception failure)
        {
            file?.Dispose();
            stream?.Dispose();
            if (FileFailure.Is(failure))
            {
                throw FileFailure.Reading(path, failure);
            }

            throw;
        }
    }

    /// <summary>Start and length of a document in tokens, end of text and padding included.</summary>
    public (long Start, int Length) Document(long index)
    {
        RequireWhole();
        ReadOnlySpan<long> offsets = Offsets;
        long start = offsets[(int)index];
        return (start, checked((int)(offsets[(int)index + 1] - start)));
    }

    /// <summary>Reads tokens from <paramref name="start"/> on, wrapping around at the end.</summary>
    /// <exception cref="CalmException">The file holds an id that its tokenizer does not have.</exception>
    public void Read(long start, Span<int> ids)
    {
        ObjectDisposedException.ThrowIf(_bytes == null, this);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(start, Tokens);
        RequireWhole();
        while (!ids.IsEmpty)
        {
            int count = (int)Math.Min(ids.Length, Tokens - start);
            ReadRun(start, ids[..count]);
            ids = ids[count..];
            start = 0;
        }
    }

    /// <summary>All tokens in order, padding included.</summary>
    public IEnumerable<int> All()
    {
        int[] block = new int[1 << 16];
        for (long start = 0; start < Tokens; start += block.Length)
        {
            int count = (int)Math.Min(block.Length, Tokens - start);
            Read(start, block.AsSpan(0, count));
            for (int i = 0; i < count; i++)
            {
                yield return block[i];
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_bytes != null)
        {
            _bytes = null;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
        }

        _view.Dispose();
        _map.Dispose();
    }

    // To read a map beyond the file's end would end the process.
    private void RequireWhole()
    {
        if (RandomAccess.GetLength(_file) < _header.FileBytes)
        {
            throw Damaged("was cut short while open");
        }
    }

    private void ReadRun(long start, Span<int> ids)
    {
        byte* first = _bytes + TokenFileHeader.ByteCount + start * _header.TokenBytes;
        if (_header.TokenBytes == sizeof(int))
        {
            new ReadOnlySpan<int>(first, ids.Length).CopyTo(ids);
        }
        else
        {
            ushort* narrow = (ushort*)first;
            for (int i = 0; i < ids.Length; i++)
            {
                ids[i] = narrow[i];
            }
        }

        // An embedding would read whatever lies beyond its table.
        foreach (int id in ids)
        {
            if ((uint)id >= (uint)VocabularySize)
            {
                throw Damaged($"holds id {id}, its vocabulary has {VocabularySize}");
            }
        }
    }

    private void Validate(ITokenizer tokenizer)
    {
        if (_header.TokenizerHash != tokenizer.Hash)
        {
            throw new CalmException(
                $"{Path}: was made with another tokenizer "
                + $"(hash {_header.TokenizerHash[..8]}, expected {tokenizer.Hash[..8]}); "
                + "make it again from text, or give the tokenizer that made it.");
        }

        if (_header.VocabularySize != tokenizer.VocabularySize)
        {
            throw Damaged($"announces a vocabulary of {VocabularySize}, its tokenizer has {tokenizer.VocabularySize}");
        }

        ReadOnlySpan<long> offsets = Offsets;
        for (int i = 1; i < offsets.Length; i++)
        {
            if (offsets[i] <= offsets[i - 1] || offsets[i] % PatchSize != 0)
            {
                throw Damaged($"document {i - 1} spans tokens {offsets[i - 1]} to {offsets[i]}");
            }
        }

        if (offsets[0] != 0 || offsets[^1] != Tokens)
        {
            throw Damaged($"its documents span tokens {offsets[0]} to {offsets[^1]} of {Tokens}");
        }
    }

    private CalmException Damaged(string what) => new($"{Path}: {what}; the file is damaged, make it again from text.");
}
