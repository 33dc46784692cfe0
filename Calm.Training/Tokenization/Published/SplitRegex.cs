using System.Text.RegularExpressions;

namespace Calm.Training;

/// <summary>
/// The regular expression of a split, which means the same here as in the engine that published files are written for.
/// </summary>
/// <remarks>
/// That engine is Oniguruma, which counts characters; .NET counts UTF-16 units. So a text with characters of two units is
/// searched in a form where each is one unit of its category. Expressions that the two read differently are refused.
/// </remarks>
internal sealed class SplitRegex
{
    private const int Longest = 1 << 13;
    private const string Escapes = "sSdDrntvf";
    private static readonly string[] Groups = ["(?:", "(?i:", "(?=", "(?!", "(?<=", "(?<!", "(?>"];

    // Bounds an expression that backtracks without end; those of published files take microseconds.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lazy<Regex> _regex;

    /// <summary>An expression.</summary>
    /// <param name="pattern">The expression.</param>
    /// <param name="patience">Longest time for a match; null for a usual one.</param>
    /// <exception cref="ArgumentException">It is none, or one that cannot be honoured.</exception>
    public SplitRegex(string pattern, TimeSpan? patience = null)
    {
        if (Fault(pattern) is { } fault)
        {
            throw new ArgumentException($"the expression {Quote.Of(pattern)} {fault}");
        }

        Pattern = pattern;
        Regex interpreted = Make(pattern, RegexOptions.None, patience);

        // Compiled code looks at the clock in some of its loops only, which is enough for expressions that are known.
        bool isKnown = SplitPattern.All.Any(known => known.Regex == pattern);
        _regex = new Lazy<Regex>(() => isKnown ? Make(pattern, RegexOptions.Compiled, patience) : interpreted);
    }

    /// <summary>The expression.</summary>
    public string Pattern { get; }

    /// <summary>Appends the places of all matches that are not empty.</summary>
    /// <exception cref="Runtime.CalmException">The expression takes too long.</exception>
    public void FindAll(ReadOnlySpan<char> text, List<Range> matches)
    {
        try
        {
            if (text.ContainsAnyInRange('\uD800', '\uDFFF'))
            {
                FindInForm(text, matches);
                return;
            }

            foreach (ValueMatch match in _regex.Value.EnumerateMatches(text))
            {
                Add(match.Index, match.Index + match.Length, matches);
            }
        }
        catch (RegexMatchTimeoutException failure)
        {
            throw new Runtime.CalmException(
                $"tokenizer: its expression {Quote.Of(Pattern)} takes too long on this text; give one with a simpler expression.",
                failure);
        }
    }

    private void FindInForm(ReadOnlySpan<char> text, List<Range> matches)
    {
        int units = 0;
        int characters = 0;
        foreach (ValueMatch match in _regex.Value.EnumerateMatches(OneUnit.FormOf(text)))
        {
            OneUnit.Advance(text, ref units, ref characters, match.Index);
            int start = units;
            OneUnit.Advance(text, ref units, ref characters, match.Index + match.Length);
            Add(start, units, matches);
        }
    }

    private static void Add(int start, int end, List<Range> matches)
    {
        if (end > start)
        {
            matches.Add(start..end);
        }
    }

    // A line's ends are anchors there, whatever the options.
    private static Regex Make(string pattern, RegexOptions options, TimeSpan? patience) =>
        new(pattern, options | RegexOptions.CultureInvariant | RegexOptions.Multiline, patience ?? Patience);

    private static string? Fault(string pattern)
    {
        if (pattern.Length > Longest)
        {
            return $"has {pattern.Length} characters, more than {Longest}";
        }

        bool inSet = false;
        for (int i = 0; i < pattern.Length; i++)
        {
            char one = pattern[i];
            string? fault = one switch
            {
                '\\' => FaultOfEscape(pattern, ref i),
                '[' when inSet => "has a set within a set",
                '&' when inSet && i + 1 < pattern.Length && pattern[i + 1] == '&' => "has an intersection of sets",
                '(' when !inSet && i + 1 < pattern.Length && pattern[i + 1] == '?' && !IsKnownGroup(pattern.AsSpan(i)) =>
                    $"has a group {Quote.Of(pattern[i..Math.Min(pattern.Length, i + 4)])}",
                >= '\uD800' and <= '\uDFFF' => "has a character beyond U+FFFF",
                _ => null,
            };
            if (fault is not null)
            {
                return $"{fault}, which is not supported";
            }

            inSet = one switch { '[' => true, ']' => false, _ => inSet };
        }

        return null;
    }

    private static bool IsKnownGroup(ReadOnlySpan<char> text)
    {
        foreach (string group in Groups)
        {
            if (text.StartsWith(group, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    // Leaves the index at the last character of the escape.
    private static string? FaultOfEscape(string pattern, ref int i)
    {
        char escaped = i + 1 < pattern.Length ? pattern[i + 1] : '\0';
        int length = escaped switch
        {
            'p' or 'P' when i + 2 < pattern.Length && pattern[i + 2] == '{' => pattern.IndexOf('}', i) - i,
            'x' => 3,
            'u' => 5,
            _ when Escapes.Contains(escaped) || (char.IsAscii(escaped) && !char.IsAsciiLetterOrDigit(escaped)) => 1,
            _ => -1,
        };
        if (length < 0)
        {
            return $"has the escape {Quote.Of($"\\{escaped}")}";
        }

        i += length;
        return null;
    }
}
