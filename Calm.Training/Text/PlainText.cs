using Calm.Runtime;

namespace Calm.Training;

/// <summary>Reads a text file as one document.</summary>
internal static class PlainText
{
    /// <summary>The byte order mark of UTF-8.</summary>
    public static ReadOnlySpan<byte> Utf8Mark => FileLines.Utf8Mark;

    /// <summary>The document.</summary>
    /// <exception cref="CalmException">It cannot be read, or is no UTF-8 text.</exception>
    public static IEnumerable<Document> Read(string path)
    {
        byte[] bytes = ReadAll(path);
        FileKind.RequireText(path, bytes);
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
