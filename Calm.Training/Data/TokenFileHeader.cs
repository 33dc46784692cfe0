using System.Buffers.Binary;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>The first 80 bytes of a token file, little-endian.</summary>
/// <param name="VocabularySize">How many ids its tokenizer has.</param>
/// <param name="PatchSize">The number of tokens to whose multiples documents are padded.</param>
/// <param name="Documents">How many documents it has.</param>
/// <param name="Tokens">How many tokens, padding included.</param>
/// <param name="TokenizerHash">Which tokenizer made it: <see cref="ITokenizer.Hash"/>.</param>
internal sealed record TokenFileHeader(
    int VocabularySize, int PatchSize, long Documents, long Tokens, string TokenizerHash)
{
    public const int ByteCount = 80;

    private const int Version = 1;
    private const int HashStart = 40;

    // Ids of this many and fewer fit 16 bits.
    private const int LargestNarrow = 1 << 16;

    private static ReadOnlySpan<byte> Magic => "CALMTOKS"u8;

    /// <summary>Bytes of one token.</summary>
    public int TokenBytes => VocabularySize <= LargestNarrow ? sizeof(ushort) : sizeof(int);

    /// <summary>Where the starts of documents are, rounded up to eight bytes; -1 if that is beyond any file.</summary>
    public long OffsetsStart =>
        Tokens <= (long.MaxValue >> 4) ? ByteCount + (Tokens * TokenBytes + 7) / 8 * 8 : -1;

    /// <summary>How long the file is; -1 if that is beyond any file.</summary>
    public long FileBytes =>
        OffsetsStart >= 0 && Documents <= (long.MaxValue >> 4) ? OffsetsStart + (Documents + 1) * sizeof(long) : -1;

    /// <summary>The bytes.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[ByteCount];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), VocabularySize);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), PatchSize);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), Documents);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(32), Tokens);
        Convert.FromHexString(TokenizerHash).CopyTo(bytes, HashStart);
        return bytes;
    }

    /// <summary>Reads the bytes and compares them with the length of the file.</summary>
    /// <exception cref="CalmException">It is no token file, or damaged.</exception>
    public static TokenFileHeader Parse(string path, ReadOnlySpan<byte> bytes, long fileLength)
    {
        if (bytes.Length < ByteCount || !bytes.StartsWith(Magic))
        {
            throw new CalmException($"{path}: not a token file; make one from text.");
        }

        int version = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        if (version != Version)
        {
            throw new CalmException(
                $"{path}: token file of version {version}, this program reads {Version}; make it again from text.");
        }

        TokenFileHeader header = new(
            BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]),
            Convert.ToHexStringLower(bytes.Slice(HashStart, 32)));
        bool sane = header is { VocabularySize: > 0, PatchSize: > 0, Documents: > 0, Tokens: > 0 };
        return sane && header.FileBytes == fileLength
            ? header
            : throw new CalmException(
                $"{path}: has {fileLength} bytes, its header announces {header.FileBytes}; "
                + "the file is damaged, make it again from text.");
    }
}
