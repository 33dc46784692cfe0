using System.Buffers;

namespace Calm.Training;

/// <summary>
/// The merges of a byte-pair encoding, applied to a word: of all neighbours that are a pair, the pair of the lowest rank is
/// merged first, the leftmost one of equal ones, until no neighbours are a pair.
/// </summary>
/// <remarks>
/// A short word is searched again for each merge; a long one keeps its pairs in a heap, which makes n log n of n squared.
/// </remarks>
internal sealed class PairMerges
{
    private const int LongestSearched = 96;
    private const int None = int.MaxValue;

    private readonly PairTable _ranks = new();
    private readonly List<int> _ids = [];

    /// <summary>Adds the merge of the next rank. A pair that is there already gets the new rank.</summary>
    /// <param name="left">The left id.</param>
    /// <param name="right">The right id.</param>
    /// <param name="id">The id that they become.</param>
    /// <returns>Whether the pair is new.</returns>
    public bool Add(int left, int right, int id)
    {
        _ids.Add(id);
        return _ranks.Set(left, right, _ids.Count - 1);
    }

    /// <summary>Merges the ids of a word in place.</summary>
    /// <returns>Number of ids that are left.</returns>
    public int Apply(Span<int> ids) => ids.Length <= LongestSearched ? Search(ids) : new Heap(this, ids).Run();

    private int RankOf(int left, int right)
    {
        int rank = _ranks.Find(left, right);
        return rank < 0 ? None : rank;
    }

    private int Search(Span<int> ids)
    {
        // ranks[i] is that of ids[i] and ids[i + 1].
        Span<int> ranks = stackalloc int[LongestSearched];
        int count = ids.Length;
        for (int i = 0; i < count - 1; i++)
        {
            ranks[i] = RankOf(ids[i], ids[i + 1]);
        }

        while (count > 1)
        {
            int first = IndexOfMin(ranks[..(count - 1)]);
            if (ranks[first] == None)
            {
                break;
            }

            ids[first] = _ids[ranks[first]];
            count--;
            ids[(first + 2)..(count + 1)].CopyTo(ids[(first + 1)..]);
            ranks[(first + 1)..count].CopyTo(ranks[first..]);
            for (int i = Math.Max(0, first - 1); i <= Math.Min(first, count - 2); i++)
            {
                ranks[i] = RankOf(ids[i], ids[i + 1]);
            }
        }

        return count;
    }

    private static int IndexOfMin(ReadOnlySpan<int> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            if (values[i] < values[best])
            {
                best = i;
            }
        }

        return best;
    }

    /// <summary>A long word as a linked list, with a heap of its pairs by rank and place.</summary>
    private readonly ref struct Heap
    {
        private readonly PairMerges _merges;
        private readonly Span<int> _ids;
        private readonly int[] _next;
        private readonly int[] _previous;
        private readonly int[] _ranks;
        private readonly PriorityQueue<int, long> _queue = new();

        public Heap(PairMerges merges, Span<int> ids)
        {
            _merges = merges;
            _ids = ids;
            _next = ArrayPool<int>.Shared.Rent(ids.Length);
            _previous = ArrayPool<int>.Shared.Rent(ids.Length);
            _ranks = ArrayPool<int>.Shared.Rent(ids.Length);
        }

        public int Run()
        {
            for (int place = 0; place < _ids.Length; place++)
            {
                (_previous[place], _next[place]) = (place - 1, place + 1);
                Enqueue(place);
            }

            while (_queue.TryDequeue(out int place, out long key))
            {
                // An entry of another rank is of a pair that is gone.
                if (_ranks[place] == (int)(key >> 32))
                {
                    MergeAt(place);
                }
            }

            return Gather();
        }

        private void MergeAt(int place)
        {
            int taken = _next[place];
            int after = _next[taken];
            _ids[place] = _merges._ids[_ranks[place]];
            _ranks[taken] = None;
            _next[place] = after;
            if (after < _ids.Length)
            {
                _previous[after] = place;
            }

            Enqueue(place);
            if (_previous[place] >= 0)
            {
                Enqueue(_previous[place]);
            }
        }

        private void Enqueue(int place)
        {
            int next = _next[place];
            int rank = next < _ids.Length ? _merges.RankOf(_ids[place], _ids[next]) : None;
            _ranks[place] = rank;
            if (rank != None)
            {
                _queue.Enqueue(place, ((long)rank << 32) | (uint)place);
            }
        }

        private int Gather()
        {
            int count = 0;
            for (int place = 0; place < _ids.Length; place = _next[place])
            {
                _ids[count++] = _ids[place];
            }

            ArrayPool<int>.Shared.Return(_next);
            ArrayPool<int>.Shared.Return(_previous);
            ArrayPool<int>.Shared.Return(_ranks);
            return count;
        }
    }
}
