using Calm.Runtime;

namespace Calm.Training;

/// <summary>Tells kinds of files by their first bytes.</summary>
internal static class FileKind
{
    private const string Utf16 = "is UTF-16; convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)";
    private const string Archive = "is an archive; unpack it first";

    /// <summary>Enough bytes for <see cref="RequireText"/>.</summary>
    public const int BytesToTell = 512;

    private static readonly (byte[] Mark, string Remedy)[] Marks =
    [
        ([0xFF, 0xFE], Utf16),
        ([0xFE, 0xFF], Utf16),
        ([0x1F, 0x8B], "is compressed; decompress it first (gunzip)"),
        ([0x28, 0xB5, 0x2F, 0xFD], "is compressed; decompress it first (unzstd)"),
        ([0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z'], "is compressed; decompress it first (unxz)"),
        ([(byte)'B', (byte)'Z', (byte)'h'], "is compressed; decompress it first (bunzip2)"),
        ([(byte)'P', (byte)'K', 3, 4], Archive),
        ([(byte)'7', (byte)'z', 0xBC, 0xAF], Archive),
    ];

    /// <summary>The beginning of a gzip file.</summary>
    public static ReadOnlySpan<byte> Gzip => [0x1F, 0x8B];

    /// <summary>The beginning and the end of a Parquet file.</summary>
    public static ReadOnlySpan<byte> Parquet => "PAR1"u8;

    /// <summary>Whether a file begins with a frame of Zstandard, or one that it skips.</summary>
    public static bool IsZstandard(ReadOnlySpan<byte> start) =>
        start is [0x28, 0xB5, 0x2F, 0xFD, ..] or [>= 0x50 and <= 0x5F, 0x2A, 0x4D, 0x18, ..];

    /// <summary>Refuses what is no text.</summary>
    /// <param name="path">The file.</param>
    /// <param name="start">Its first bytes.</param>
    /// <exception cref="CalmException">It is compressed, an archive, UTF-16 or binary; the message says what to do.</exception>
    public static void RequireText(string path, ReadOnlySpan<byte> start)
    {
        foreach ((byte[] mark, string remedy) in Marks)
        {
            if (start.StartsWith(mark))
            {
                throw new CalmException($"{path}: {remedy}.");
            }
        }

        if (start[..Math.Min(start.Length, BytesToTell)].Contains((byte)0))
        {
            throw new CalmException($"{path}: is binary (it has a byte 0), expected UTF-8 text.");
        }
    }
}
