namespace Calm.Training;

/// <summary>Cuts text into the words within which pairs merge.</summary>
/// <param name="Steps">The splits before the bytes are taken.</param>
/// <param name="AddsPrefixSpace">Whether a piece that does not begin with a space then gets one.</param>
/// <param name="SplitsBytes">Whether the pieces are cut by GPT-2's expression at the end.</param>
internal sealed record PreTokenizer(IReadOnlyList<SplitStep> Steps, bool AddsPrefixSpace, bool SplitsBytes)
{
    private static readonly SplitStep Gpt2 = new(new SplitRegex(SplitPattern.Gpt2.Regex), SplitBehavior.Isolated, Invert: false);

    /// <summary>The published expression that does all of it; null if there is none.</summary>
    public SplitPattern? Pattern { get; } = PatternOf([.. Steps, .. SplitsBytes ? [Gpt2] : (SplitStep[])[]], AddsPrefixSpace);

    /// <summary>The scanner that does all of it; null if there is none.</summary>
    public PatternScanner? Scanner => Pattern?.Scanner;

    /// <summary>The words of a text.</summary>
    public List<ReadOnlyMemory<char>> Words(string text)
    {
        List<ReadOnlyMemory<char>> pieces = text.Length == 0 ? [] : [text.AsMemory()];
        foreach (SplitStep step in Steps)
        {
            pieces = Split(pieces, step);
        }

        if (AddsPrefixSpace)
        {
            pieces = [.. pieces.Select(piece => piece.Span.StartsWith(" ") ? piece : $" {piece}".AsMemory())];
        }

        return SplitsBytes ? Split(pieces, Gpt2) : pieces;
    }

    private static List<ReadOnlyMemory<char>> Split(List<ReadOnlyMemory<char>> pieces, SplitStep step)
    {
        List<ReadOnlyMemory<char>> next = [];
        foreach (ReadOnlyMemory<char> piece in pieces)
        {
            step.Apply(piece, next);
        }

        return next;
    }

    private static SplitPattern? PatternOf(SplitStep[] steps, bool addsPrefixSpace) =>
        !addsPrefixSpace && steps is [{ Behavior: SplitBehavior.Isolated, Invert: false } only]
            ? SplitPattern.All.FirstOrDefault(pattern => pattern.Regex == only.Regex.Pattern)
            : null;
}
