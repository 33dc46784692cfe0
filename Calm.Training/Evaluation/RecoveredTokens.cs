namespace Calm.Training;

/// <summary>How many tokens came back from their latents, by document or piece of one.</summary>
internal sealed class RecoveredTokens
{
    private readonly SortedDictionary<(long Document, long Piece), (long Right, long All)> _units = [];

    /// <summary>Adds the tokens of one patch.</summary>
    /// <param name="unit">The document it lies in, and the piece of that.</param>
    /// <param name="got">What came back, [K].</param>
    /// <param name="want">What went in, [K].</param>
    public void Add((long Document, long Piece) unit, ReadOnlySpan<int> got, ReadOnlySpan<int> want)
    {
        (long right, long all) = _units.GetValueOrDefault(unit);
        _units[unit] = (right + CountEqual(got, want), all + want.Length);
    }

    /// <summary>Tokens looked at.</summary>
    public long Count => _units.Values.Sum(unit => unit.All);

    /// <summary>The part of them that came back.</summary>
    public double Share => (double)_units.Values.Sum(unit => unit.Right) / Count;

    /// <summary>That part with its 95 % interval, by drawing units again; with one there is none.</summary>
    public Estimate Estimate()
    {
        (long Right, long All)[] units = [.. _units.Values];
        return Bootstrap.Estimate(
            units.Length, RandomStreams.Bootstrap(1, 2),
            drawn => (double)drawn.Sum(i => units[i].Right) / drawn.Sum(i => units[i].All));
    }

    /// <summary>At how many places two patches agree.</summary>
    public static int CountEqual(ReadOnlySpan<int> got, ReadOnlySpan<int> want)
    {
        int equal = 0;
        for (int i = 0; i < want.Length; i++)
        {
            equal += got[i] == want[i] ? 1 : 0;
        }

        return equal;
    }
}
