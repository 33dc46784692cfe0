namespace Calm.Training;

/// <summary>Scores continuations by bigram counts, which see the prompt's last token alone.</summary>
/// <param name="counts">Counts of the training text.</param>
/// <param name="tokenizer">Its tokenizer.</param>
internal sealed class BigramScorer(CountBaseline counts, ITokenizer tokenizer) : IContinuationScorer
{
    private int _last = tokenizer.Pad;

    /// <inheritdoc/>
    public IReadOnlyList<ContinuationMeasure> Measures => [ContinuationMeasure.Bigram];

    /// <inheritdoc/>
    public int FewestTokens => 1;

    /// <inheritdoc/>
    public void Read(ReadOnlySpan<int> ids, uint trial = 0) => _last = ids.IsEmpty ? tokenizer.Pad : ids[^1];

    /// <inheritdoc/>
    public ContinuationScore[] Score(ReadOnlySpan<int> ids, bool ends = false)
    {
        int[] tokens = ends ? [.. ids, tokenizer.EndOfText] : ids.ToArray();
        return
        [
            new(ContinuationMeasure.Bigram, Estimate.Exact(counts.LogProbability(_last, tokens)), tokens.Length),
        ];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The counts belong to others.
    }
}
