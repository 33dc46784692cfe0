using System.Runtime.Intrinsics;

namespace Calm.Kernels;

/// <summary>Ids of one row and one range of the vocabulary that may win, in their order.</summary>
internal unsafe struct ScreenedIds
{
    /// <summary>Maximum number of ids; with more, computing all logits is faster than screening.</summary>
    public const int Most = 24;

    private long _tolerance;
    private int _max;
    private int _least;
    private fixed int _ids[Most];
    private fixed int _sums[Most];

    /// <summary>Number of ids; -1 if there were too many, or the row cannot be screened.</summary>
    public int Count { get; private set; }

    /// <summary>The greatest sum.</summary>
    public readonly int Max => _max;

    /// <summary>Begins a range.</summary>
    /// <param name="tolerance">Maximum distance of an id's sum from the greatest sum; -1 for none.</param>
    public void Begin(long tolerance)
    {
        _tolerance = tolerance;
        _max = int.MinValue;
        _least = int.MinValue;
        Count = tolerance < 0 ? -1 : 0;
    }

    /// <summary>Looks at a panel.</summary>
    /// <param name="sums">One for each id.</param>
    /// <param name="firstId">The id of the first.</param>
    /// <param name="count">Number of ids that exist.</param>
    public void Add(int* sums, int firstId, int count)
    {
        Vector512<int> greatest = Vector512.Max(Vector512.Load(sums), Vector512.Load(sums + 16));
        if (Count < 0 || !Vector512.GreaterThanOrEqualAny(greatest, Vector512.Create(_least)))
        {
            return;
        }

        foreach (int sum in new ReadOnlySpan<int>(sums, count))
        {
            _max = Math.Max(_max, sum);
        }

        _least = (int)Math.Max(int.MinValue, _max - _tolerance);
        for (int i = 0; i < count && Count >= 0; i++)
        {
            if (sums[i] >= _least)
            {
                Append(firstId + i, sums[i]);
            }
        }
    }

    /// <summary>The id at a place, or -1 if it cannot win beside a sum of <paramref name="max"/> elsewhere.</summary>
    public readonly int Id(int place, int max) => _sums[place] >= max - _tolerance ? _ids[place] : -1;

    private void Append(int id, int sum)
    {
        if (Count == Most)
        {
            Compact();
        }

        if (Count == Most)
        {
            Count = -1;
            return;
        }

        _ids[Count] = id;
        _sums[Count] = sum;
        Count++;
    }

    private void Compact()
    {
        int kept = 0;
        for (int i = 0; i < Count; i++)
        {
            if (_sums[i] >= _least)
            {
                _ids[kept] = _ids[i];
                _sums[kept] = _sums[i];
                kept++;
            }
        }

        Count = kept;
    }
}
