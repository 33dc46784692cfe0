using System.Buffers.Binary;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>The first 80 bytes of a token file, little-endian.</summary>
/// <param name="VocabularySize">Vocabulary size of its tokenizer.</param>
/// <param name="PatchSize">Documents are padded to a multiple of this number of tokens.</param>
/// <param name="Documents">Number of documents.</param>
/// <param name="Tokens">Number of tokens, padding included.</param>
/// <param name="TokenizerHash">Hash of the tokenizer that made it: <see cref="ITokenizer.Hash"/>.</param>
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

    /// <summary>Offset of the table of documents, a multiple of eight bytes; -1 if it overflows.</summary>
    public long OffsetsStart =>
        Tokens <= (long.MaxValue >> 4) ? ByteCount + (Tokens * TokenBytes + 7) / 8 * 8 : -1;

    /// <summary>Length of the file in bytes; -1 if it overflows.</summary>
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
