using Calm.Runtime;

namespace Calm.Training;

/// <summary>Reads a text file as one document.</summary>
internal static class PlainText
{
    // The first bytes of files that are not text, each with a remedy.
    private static readonly (byte[] Mark, string Remedy)[] Refused =
    [
        ([0xFF, 0xFE], "is UTF-16; convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)"),
        ([0xFE, 0xFF], "is UTF-16; convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)"),
        ([0x1F, 0x8B], "is compressed; decompress it first (gunzip)"),
        ([0x28, 0xB5, 0x2F, 0xFD], "is compressed; decompress it first (unzstd)"),
    ];

    /// <summary>The byte order mark of UTF-8.</summary>
    public static ReadOnlySpan<byte> Utf8Mark => [0xEF, 0xBB, 0xBF];

    /// <summary>The document.</summary>
    /// <exception cref="CalmException">It cannot be read, or is no UTF-8 text.</exception>
    public static IEnumerable<Document> Read(string path)
    {
        byte[] bytes = ReadAll(path);
        foreach ((byte[] mark, string remedy) in Refused)
        {
            if (bytes.AsSpan().StartsWith(mark))
            {
                throw new CalmException($"{path}: {remedy}.");
            }
        }

        int start = bytes.AsSpan().StartsWith(Utf8Mark) ? Utf8Mark.Length : 0;
        yield return new Document(path, bytes.AsMemory(start));
    }

    private static byte[] ReadAll(string path)
    {
        try
        {
            return new FileInfo(path).Length <= Array.MaxLength
                ? File.ReadAllBytes(path)
                : throw new CalmException(
                    $"{path}: is larger than 2 GB, too much for one document; split it, or make it .jsonl.");
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
            throw FileFailure.Reading(path, failure);
        }
    }
}
