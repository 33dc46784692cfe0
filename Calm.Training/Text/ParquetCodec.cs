using System.IO.Compression;
using System.Runtime.InteropServices;
using ZstdSharp;

namespace Calm.Training;

/// <summary>Decompresses pages of a Parquet file.</summary>
internal static class ParquetCodec
{
    /// <summary>No compression.</summary>
    public const int None = 0;

    private const int Snappy = 1;
    private const int Gzip = 2;
    private const int Brotli = 4;
    private const int Zstandard = 6;

    /// <summary>The bytes of a page.</summary>
    /// <param name="codec">The compression, by its number in the format.</param>
    /// <param name="page">The page.</param>
    /// <param name="size">The bytes that come out, which were checked.</param>
    /// <exception cref="InvalidDataException">Others come out.</exception>
    /// <exception cref="NotSupportedException">The compression is none that is known.</exception>
    public static byte[] Decompress(int codec, ReadOnlyMemory<byte> page, int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        byte[] bytes = new byte[size];
        try
        {
            return Fill(codec, page, bytes) == size
                ? bytes
                : throw new InvalidDataException("a page decompresses to another size");
        }
        catch (Exception failure) when (failure is ZstdException or InvalidOperationException)
        {
            // The framework's Brotli throws the latter.
            throw new InvalidDataException("a page cannot be decompressed", failure);
        }
    }

    private static int Fill(int codec, ReadOnlyMemory<byte> page, byte[] bytes)
    {
        int size = bytes.Length;
        return codec switch
        {
            None => page.Length == size ? Copy(page, bytes) : -1,
            Snappy => Snappier.Snappy.GetUncompressedLength(page.Span) == size
                ? Snappier.Snappy.Decompress(page.Span, bytes)
                : -1,
            Gzip => Read(new GZipStream(Stream(page), CompressionMode.Decompress), bytes),
            Brotli => Read(new BrotliStream(Stream(page), CompressionMode.Decompress), bytes),
            Zstandard => Unwrap(page.Span, bytes),
            _ => throw new NotSupportedException(
                $"its compression, number {codec} of the format, is not known here; "
                + "write it with Snappy, gzip, Brotli or Zstandard"),
        };
    }

    private static int Copy(ReadOnlyMemory<byte> page, byte[] bytes)
    {
        page.Span.CopyTo(bytes);
        return page.Length;
    }

    private static int Unwrap(ReadOnlySpan<byte> page, byte[] bytes)
    {
        using Decompressor decompressor = new();
        return decompressor.Unwrap(page, bytes);
    }

    private static int Read(Stream source, byte[] bytes)
    {
        using (source)
        {
            return source.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        }
    }

    private static MemoryStream Stream(ReadOnlyMemory<byte> page) =>
        MemoryMarshal.TryGetArray(page, out ArraySegment<byte> part)
            ? new MemoryStream(part.Array!, part.Offset, part.Count, writable: false)
            : new MemoryStream(page.ToArray());
}
