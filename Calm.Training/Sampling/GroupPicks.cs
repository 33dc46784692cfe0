using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Groups of n out of N, uniform and independent. Members are numbered in the order in which they first come up, so that a
/// draw is needed only once its number appears. Which groups come does not depend on what the draws are.
/// </summary>
/// <param name="candidates">N.</param>
/// <param name="size">n, at most N.</param>
/// <param name="stream">Where they come from.</param>
internal sealed class GroupPicks(int candidates, int size, RandomStream stream)
{
    private readonly Dictionary<int, int> _numbers = [];
    private readonly int[] _places = new int[size];
    private readonly int[] _group = new int[size];
    private ulong _word;

    /// <summary>Members that have come up so far.</summary>
    public int Drawn => _numbers.Count;

    /// <summary>The next group, until the next call: numbers of draws.</summary>
    public ReadOnlyMemory<int> Next()
    {
        for (int i = 0; i < size; i++)
        {
            int place = Below((uint)candidates);
            while (_places.AsSpan(0, i).Contains(place))
            {
                place = Below((uint)candidates);
            }

            _places[i] = place;
            _group[i] = _numbers.TryGetValue(place, out int number) ? number : Add(place);
        }

        return _group;
    }

    private int Add(int place)
    {
        int number = _numbers.Count;
        _numbers.Add(place, number);
        return number;
    }

    /// <summary>Uniform in [0, bound): words of an incomplete last round are passed over.</summary>
    private int Below(uint bound)
    {
        uint incomplete = (uint)((1UL << 32) % bound);
        ulong product;
        do
        {
            product = (ulong)stream.Word(_word++) * bound;
        }
        while ((uint)product < incomplete);

        return (int)(product >> 32);
    }
}
