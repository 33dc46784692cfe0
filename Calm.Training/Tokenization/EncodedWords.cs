using System.Runtime.InteropServices;

namespace Calm.Training;

/// <summary>A cache of the ids of words, for one thread: most of a text is a few thousand words.</summary>
internal sealed class EncodedWords
{
    /// <summary>Most bytes of a word that is kept.</summary>
    public const int LongestWord = 128;

    private const int MostWords = 1 << 18;

    private readonly WordTable _words = new();
    private readonly List<int> _ids = [];
    private readonly List<int> _ends = [];

    /// <summary>Appends the ids of a cached word. After a miss, <see cref="Keep"/> must follow.</summary>
    public bool TryAppend(ReadOnlySpan<byte> word, List<int> target)
    {
        if (_words.Count == MostWords)
        {
            _words.Clear();
            _ids.Clear();
            _ends.Clear();
        }

        int known = _words.GetOrAdd(word, out bool isNew);
        if (isNew)
        {
            return false;
        }

        ReadOnlySpan<int> ends = CollectionsMarshal.AsSpan(_ends);
        ReadOnlySpan<int> ids = CollectionsMarshal.AsSpan(_ids);
        int start = known == 0 ? 0 : ends[known - 1];
        if (ends[known] - start == 1)
        {
            target.Add(ids[start]);
        }
        else
        {
            target.AddRange(ids[start..ends[known]]);
        }

        return true;
    }

    /// <summary>Stores the ids of the word that was missed.</summary>
    public void Keep(ReadOnlySpan<int> ids)
    {
        _ids.AddRange(ids);
        _ends.Add(_ids.Count);
    }
}
