namespace Calm.Training;

/// <summary>
/// Cuts bytes into words. Pairs merge only within a word: letters, digits (three at most) or punctuation with one leading
/// space; letters after an apostrophe; line ends; other white space. Bytes beyond ASCII count as letters, so text
/// of any language, and bytes that are no text, need no tables and lose nothing.
/// </summary>
internal static class WordScanner
{
    /// <summary>Most characters of a word. Longer ones are cut, which bounds the cost of merging.</summary>
    public const int LongestWord = 128;

    /// <summary>Most bytes of a word.</summary>
    public const int MostBytes = LongestWord * MostBytesOfCharacter;

    /// <summary>
    /// The words of text as a regular expression, for other programs. It agrees with <see cref="End"/> on all UTF-8.
    /// </summary>
    public const string Pattern =
        "'" + Letter + "{1,127}| " + Letter + "{1,127}|" + Letter + "{1,128}"
        + "| ?[0-9]{1,3}"
        + "| " + Punctuation + "{1,127}|" + Punctuation + "{1,128}"
        + @"|[\r\n]{1,128}"
        + "|" + Space + @"{1,126}(?= [^ \t\x0B\x0C\r\n])|" + Space + "{1,128}";

    private const int MostBytesOfCharacter = 4;
    private const int LongestNumber = 3;

    private const string Letter = @"[^\x00-@\[-`{-\x7F]";
    private const string Punctuation = @"[\x00-\x08\x0E-\x1F!-/:-@\[-`{-\x7F]";
    private const string Space = @"[ \t\x0B\x0C]";

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
        int most = LongestWord;
        int body = start;
        Kind kind = kinds[text[start]];
        if (kind == Kind.Space)
        {
            int end = RunEnd(text, start, kind, most);
            bool leadsWord = text[end - 1] == ' ' && end < text.Length && end - start < most && kinds[text[end]] != Kind.LineEnd;
            if (!leadsWord || end - start > 1)
            {
                return leadsWord ? end - 1 : end;
            }

            body = end;
            kind = kinds[text[body]];
        }
        else if (text[start] == '\'' && start + 1 < text.Length && kinds[text[start + 1]] == Kind.Letter)
        {
            body = start + 1;
            kind = Kind.Letter;
        }

        return RunEnd(text, body, kind, kind == Kind.Digit ? LongestNumber : most - (body - start));
    }

    /// <summary>The end of at most so many characters of a kind.</summary>
    private static int RunEnd(ReadOnlySpan<byte> text, int start, Kind kind, int most)
    {
        ReadOnlySpan<Kind> kinds = Kinds;
        int end = start;
        for (int count = 0; count < most && end < text.Length && kinds[text[end]] == kind; count++)
        {
            end = text[end] < 0x80 ? end + 1 : CharacterEnd(text, end);
        }

        return end;
    }

    // A cut inside a character would be undone by decoding, but its halves would be counted as words.
    private static int CharacterEnd(ReadOnlySpan<byte> text, int start)
    {
        int end = start + 1;
        while (end < text.Length && end - start < MostBytesOfCharacter && (text[end] & 0xC0) == 0x80)
        {
            end++;
        }

        return end;
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
