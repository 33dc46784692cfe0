namespace Calm.Training;

/// <summary>
/// Cuts bytes into words. Pairs merge only within a word: letters, digits (three at most) or punctuation with one leading
/// space; letters after an apostrophe; line ends; other white space. Bytes beyond ASCII count as letters, so text
/// of any language, and bytes that are no text, need no tables and lose nothing.
/// </summary>
internal static class WordScanner
{
    /// <summary>Maximum length of a word. Longer ones are cut, which bounds the cost of merging.</summary>
    public const int LongestWord = 128;

    private const int LongestNumber = 3;

    private enum Kind : byte
    {
        Punctuation,
        Letter,
        Digit,
        Space,
        LineEnd,
    }

    private static readonly Kind[] Kinds = [.. Enumerable.Range(0, 256).Select(value => KindOf((byte)value))];

    /// <summary>The end of the word that starts at <paramref name="start"/>.</summary>
    public static int End(ReadOnlySpan<byte> text, int start)
    {
        ReadOnlySpan<Kind> kinds = Kinds;
        int limit = Math.Min(text.Length, start + LongestWord);
        int body = start;
        Kind kind = kinds[text[start]];
        if (kind == Kind.Space)
        {
            int end = RunEnd(text, start, limit, kind);
            bool leadsWord = text[end - 1] == ' ' && end < limit && kinds[text[end]] != Kind.LineEnd;
            if (!leadsWord || end - start > 1)
            {
                return leadsWord ? end - 1 : end;
            }

            body = end;
            kind = kinds[text[body]];
        }
        else if (text[start] == '\'' && start + 1 < limit && kinds[text[start + 1]] == Kind.Letter)
        {
            body = start + 1;
            kind = Kind.Letter;
        }

        if (kind == Kind.Digit)
        {
            limit = Math.Min(limit, body + LongestNumber);
        }

        int wordEnd = RunEnd(text, body, limit, kind);
        return wordEnd == start + LongestWord ? CharacterStart(text, wordEnd) : wordEnd;
    }

    private static int RunEnd(ReadOnlySpan<byte> text, int start, int limit, Kind kind)
    {
        ReadOnlySpan<Kind> kinds = Kinds;
        int end = start;
        while (end < limit && kinds[text[end]] == kind)
        {
            end++;
        }

        return end;
    }

    // A cut inside a UTF-8 character would be undone by decoding, but its halves would be counted as words.
    private static int CharacterStart(ReadOnlySpan<byte> text, int end)
    {
        const int mostContinuationBytes = 3;
        int start = end;
        while (start < text.Length && end - start < mostContinuationBytes && (text[start] & 0xC0) == 0x80)
        {
            start--;
        }

        return start;
    }

    private static Kind KindOf(byte value) => value switch
    {
        (byte)'\n' or (byte)'\r' => Kind.LineEnd,
        (byte)' ' or (byte)'\t' or (byte)'\v' or (byte)'\f' => Kind.Space,
        >= 0x80 => Kind.Letter,
        _ when char.IsAsciiLetter((char)value) => Kind.Letter,
        _ when char.IsAsciiDigit((char)value) => Kind.Digit,
        _ => Kind.Punctuation,
    };
}
