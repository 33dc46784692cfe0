namespace Calm.Training;

/// <summary>Counts of tokens recovered from latents, by document or piece of one.</summary>
internal sealed class RecoveredTokens
{
    private readonly SortedDictionary<(long Document, long Piece), (long Right, long All)> _units = [];

    /// <summary>Adds the tokens of one patch.</summary>
    /// <param name="unit">Its document and piece.</param>
    /// <param name="got">The decoded tokens, [K].</param>
    /// <param name="want">The encoded tokens, [K].</param>
    public void Add((long Document, long Piece) unit, ReadOnlySpan<int> got, ReadOnlySpan<int> want)
    {
        (long right, long all) = _units.GetValueOrDefault(unit);
        _units[unit] = (right + CountEqual(got, want), all + want.Length);
    }

    /// <summary>Number of tokens.</summary>
    public long Count => _units.Values.Sum(unit => unit.All);

    /// <summary>The share of recovered tokens.</summary>
    public double Share => (double)_units.Values.Sum(unit => unit.Right) / Count;

    /// <summary>The share with its 95 % interval over resampled units; a single unit has none.</summary>
    public Estimate Estimate()
    {
        (long Right, long All)[] units = [.. _units.Values];
        return Bootstrap.Estimate(
            units.Length, RandomStreams.Bootstrap(1, 2),
            drawn => (double)drawn.Sum(i => units[i].Right) / drawn.Sum(i => units[i].All));
    }

    /// <summary>Number of positions at which two patches agree.</summary>
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
