using Calm.Runtime;

namespace Calm.Training;

/// <summary>A source of a mixture.</summary>
/// <param name="Name">Its name, for messages.</param>
/// <param name="Documents">Its documents, which can be read again.</param>
/// <param name="Weight">Its share of the mixture, relative to the others' weights.</param>
internal sealed record MixedSource(string Name, IEnumerable<Document> Documents, double Weight);

/// <summary>
/// Mixes sources by weight. The mixture has as many bytes as all sources together, and each source gives its share of them: from
/// its beginning on, over and over if it is shorter, cut at the end of a line or between characters if it is longer.
/// </summary>
internal sealed class DocumentMixture
{
    private const int MostRepetitions = 1000;

    private readonly IReadOnlyList<MixedSource> _sources;
    private readonly long[] _bytes;
    private readonly long[] _shares;

    /// <summary>Reads the sources once to measure them.</summary>
    /// <exception cref="CalmException">
    /// A source is empty, or so short that it would be repeated a thousand times, or holds ids and another text.
    /// </exception>
    public DocumentMixture(IReadOnlyList<MixedSource> sources)
    {
        _sources = sources;
        _bytes = [.. sources.Select(Measure)];
        RequireOneKind();
        double all = sources.Sum(source => source.Weight);
        _shares = [.. sources.Select(source => (long)Math.Round(_bytes.Sum() * (source.Weight / all)))];
        for (int i = 0; i < sources.Count; i++)
        {
            if (_shares[i] / MostRepetitions > _bytes[i])
            {
                throw new CalmException(
                    $"{sources[i].Name}: would be repeated more than {MostRepetitions} times; give more of it, or less weight.");
            }
        }
    }

    /// <summary>The mixture, source after source.</summary>
    public IEnumerable<Document> Documents => _sources.SelectMany((source, i) => Share(source.Documents, _shares[i]));

    /// <summary>Bytes of the mixture and the times that it repeats a source, by source.</summary>
    public IEnumerable<(string Name, long Bytes, double Times)> Parts =>
        _sources.Select((source, i) => (source.Name, _shares[i], (double)_shares[i] / _bytes[i]));

    private static long Measure(MixedSource source)
    {
        long bytes = source.Documents.Sum(document => (long)document.Text.Length);
        return bytes > 0
            ? bytes
            : throw new CalmException($"{source.Name}: has nothing to learn from; leave it out, or give more of it.");
    }

    private void RequireOneKind()
    {
        MixedSource[] ids = [.. _sources.Where(source => source.Documents.First().IsIds)];
        if (ids.Length > 0 && ids.Length < _sources.Count)
        {
            throw new CalmException($"{ids[0].Name}: holds ids, which cannot be weighed against text; mix text with text only.");
        }
    }

    private static IEnumerable<Document> Share(IEnumerable<Document> documents, long bytes)
    {
        while (bytes > 0)
        {
            foreach (Document document in documents)
            {
                int length = document.Text.Length;
                int end = length <= bytes ? length : DocumentCut.Find(document, (int)bytes / 2, (int)bytes);
                if (end > 0)
                {
                    yield return document with { Text = document.Text[..end] };
                }

                bytes -= length;
                if (bytes <= 0)
                {
                    break;
                }
            }
        }
    }
}
