namespace Calm.Training;

/// <summary>Cuts documents in two.</summary>
internal static class DocumentCut
{
    /// <summary>The last place to cut a document: after the end of a line, otherwise between characters or ids.</summary>
    /// <param name="document">The document.</param>
    /// <param name="earliest">A line that ends before this place does not count.</param>
    /// <param name="latest">The latest place, inside the document.</param>
    public static int Find(Document document, int earliest, int latest)
    {
        if (document.IsIds)
        {
            return latest / sizeof(int) * sizeof(int);
        }

        ReadOnlySpan<byte> text = document.Text.Span;
        int lineEnd = text[..latest].LastIndexOf((byte)'\n') + 1;
        if (lineEnd > Math.Max(0, earliest))
        {
            return lineEnd;
        }

        while (latest > 0 && latest < text.Length && (text[latest] & 0xC0) == 0x80)
        {
            latest--;
        }

        return latest;
    }
}
