using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// The places of a held-out text at which a continuation of some tokens can begin: where a patch begins, with at least one patch
/// of the same document before it, and without the end of the document.
/// </summary>
internal sealed class HeldOutPlaces
{
    private readonly TokenFile _file;
    private readonly int _tokens;
    private readonly List<long> _documents = []; // that have places
    private readonly List<long> _ends = []; // number of places up to the end of each of them

    /// <summary>Counts the places.</summary>
    /// <param name="file">The held-out text.</param>
    /// <param name="tokens">Tokens of a continuation.</param>
    /// <exception cref="SettingException">Fewer than two documents have one.</exception>
    public HeldOutPlaces(TokenFile file, int tokens)
    {
        (_file, _tokens) = (file, tokens);
        long places = 0;
        for (long document = 0; document < file.Documents; document++)
        {
            int own = (TextLength(document) - tokens) / file.PatchSize;
            if (own > 0)
            {
                _documents.Add(document);
                _ends.Add(places += own);
            }
        }

        if (_documents.Count < 2)
        {
            string have = _documents.Count == 1 ? "has" : "have";
            throw new SettingException(
                $"tokens is {tokens}, expected fewer: {Readable.Count(_documents.Count)} of "
                + $"{Readable.Count(file.Documents, "held-out document")} {have} so many behind a first patch, and wrong "
                + "continuations come from other documents; or hold out more.");
        }
    }

    /// <summary>A place.</summary>
    /// <param name="Document">Its document, by its number among those that have places.</param>
    /// <param name="Start">The first token of the document.</param>
    /// <param name="Token">The first token of the continuation.</param>
    internal readonly record struct Place(int Document, long Start, long Token);

    /// <summary>Chooses a place uniformly.</summary>
    /// <param name="random">Uniform among all 64-bit numbers.</param>
    public Place Choose(ulong random) => At((long)Math.BigMul(random, (ulong)_ends[^1], out _));

    /// <summary>Chooses a place uniformly among those of other documents.</summary>
    /// <param name="random">Uniform among all 64-bit numbers.</param>
    /// <param name="document">The document.</param>
    public Place ChooseOutside(ulong random, int document)
    {
        long first = FirstOf(document);
        long own = _ends[document] - first;
        long place = (long)Math.BigMul(random, (ulong)(_ends[^1] - own), out _);
        return At(place < first ? place : place + own);
    }

    /// <summary>The tokens that continue the text at a place.</summary>
    public int[] Continuation(Place place) => Read(place.Token, _tokens);

    /// <summary>The tokens of the same document before a place.</summary>
    /// <param name="place">The place.</param>
    /// <param name="most">Most tokens; rounded down to whole patches, but at least one.</param>
    public int[] Prompt(Place place, int most)
    {
        int patchSize = _file.PatchSize;
        long length = Math.Min(place.Token - place.Start, Math.Max(1, most / patchSize) * patchSize);
        return Read(place.Token - length, checked((int)length));
    }

    private long FirstOf(int document) => document == 0 ? 0 : _ends[document - 1];

    private Place At(long place)
    {
        int found = _ends.BinarySearch(place);
        int document = found >= 0 ? found + 1 : ~found;
        long start = _file.Document(_documents[document]).Start;
        return new Place(document, start, start + (1 + place - FirstOf(document)) * _file.PatchSize);
    }

    /// <summary>Tokens of a document without its end of text and padding.</summary>
    private int TextLength(long document)
    {
        (long start, int length) = _file.Document(document);
        int special = _file.VocabularySize - Tokenizers.SpecialCount;
        while (length > 0 && Read(start + length - 1, 1)[0] >= special)
        {
            length--;
        }

        return length;
    }

    private int[] Read(long start, int count)
    {
        int[] ids = new int[count];
        _file.Read(start, ids);
        return ids;
    }
}
