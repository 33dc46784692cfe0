namespace Calm.Training;

/// <summary>How many tokens came back from their latents, by document.</summary>
internal sealed class RecoveredTokens
{
    private readonly SortedDictionary<long, (long Right, long All)> _documents = [];

    /// <summary>Adds the tokens of one patch.</summary>
    /// <param name="document">The document it lies in.</param>
    /// <param name="got">What came back, [K].</param>
    /// <param name="want">What went in, [K].</param>
    public void Add(long document, ReadOnlySpan<int> got, ReadOnlySpan<int> want)
    {
        (long right, long all) = _documents.GetValueOrDefault(document);
        _documents[document] = (right + CountEqual(got, want), all + want.Length);
    }

    /// <summary>Tokens looked at.</summary>
    public long Count => _documents.Values.Sum(document => document.All);

    /// <summary>The part of them that came back.</summary>
    public double Share => (double)_documents.Values.Sum(document => document.Right) / Count;

    /// <summary>That part with its 95 % interval, by drawing documents again; with one document there is none.</summary>
    public Estimate Estimate()
    {
        (long Right, long All)[] documents = [.. _documents.Values];
        return Statistics.Bootstrap(
            documents.Length,
            drawn => (double)drawn.Sum(i => documents[i].Right) / drawn.Sum(i => documents[i].All),
            RandomStreams.StudyBootstrap(1, 2));
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
