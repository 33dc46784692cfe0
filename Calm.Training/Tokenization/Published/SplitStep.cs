namespace Calm.Training;

/// <summary>The fate of the matches of a split, by the names of tokenizer.json.</summary>
internal enum SplitBehavior
{
    /// <summary>A match is a piece.</summary>
    Isolated,

    /// <summary>A match is dropped.</summary>
    Removed,

    /// <summary>A match ends the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>A match begins the piece after it.</summary>
    MergedWithNext,

    /// <summary>Neighbouring matches are one piece.</summary>
    Contiguous,
}

/// <summary>One step of cutting text into pieces.</summary>
/// <param name="Regex">The expression.</param>
/// <param name="Behavior">The fate of its matches.</param>
/// <param name="Invert">Whether the text between matches takes their part.</param>
internal sealed record SplitStep(SplitRegex Regex, SplitBehavior Behavior, bool Invert)
{
    /// <summary>Appends the pieces of a text.</summary>
    public void Apply(ReadOnlyMemory<char> text, List<ReadOnlyMemory<char>> pieces)
    {
        List<Range> matches = [];
        Regex.FindAll(text.Span, matches);
        List<(int Start, int End, bool IsMatch)> parts = [];
        int end = 0;
        foreach (Range match in matches)
        {
            Add(end, match.Start.Value, Invert);
            Add(match.Start.Value, match.End.Value, !Invert);
            end = match.End.Value;
        }

        Add(end, text.Length, Invert);
        foreach ((int start, int last, bool isMatch) in Joined(parts))
        {
            if (!isMatch || Behavior != SplitBehavior.Removed)
            {
                pieces.Add(text[start..last]);
            }
        }

        void Add(int from, int to, bool isMatch)
        {
            if (to > from)
            {
                parts.Add((from, to, isMatch));
            }
        }
    }

    private List<(int Start, int End, bool IsMatch)> Joined(List<(int Start, int End, bool IsMatch)> parts)
    {
        List<(int Start, int End, bool IsMatch)> joined = [];
        bool isAfterMatch = false;
        for (int i = 0; i < parts.Count; i++)
        {
            (int start, int end, bool isMatch) = parts[i];
            bool joins = i > 0 && Behavior switch
            {
                SplitBehavior.Contiguous => isMatch == isAfterMatch,
                SplitBehavior.MergedWithPrevious => isMatch && !isAfterMatch,

                // From the right, a match joins what follows it unless that is a match, too.
                SplitBehavior.MergedWithNext => isAfterMatch && !isMatch,
                _ => false,
            };
            if (joins)
            {
                joined[^1] = (joined[^1].Start, end, isMatch);
            }
            else
            {
                joined.Add(parts[i]);
            }

            isAfterMatch = isMatch;
        }

        return joined;
    }
}
