using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Groups of n out of N, uniform and independent. Members are numbered in the order in which they first come up, so that a
/// draw is needed only once its number appears. Which groups come does not depend on what the draws are.
/// </summary>
/// <param name="candidates">N.</param>
/// <param name="size">n, at most N.</param>
/// <param name="stream">Its random numbers.</param>
internal sealed class GroupPicks(int candidates, int size, RandomStream stream)
{
    private readonly Dictionary<int, int> _numbers = [];
    private readonly int[] _places = new int[size];
    private int[]? _next;
    private ulong _word;

    /// <summary>Number of members that have come up so far.</summary>
    public int Drawn => _numbers.Count;

    /// <summary>Number of draws that the next group needs.</summary>
    public int Needed => Math.Max(1, (_next ??= Pick()).Max() + 1);

    /// <summary>The next groups in their order, while their members are among some draws and not all have come up.</summary>
    /// <param name="made">Number of draws that exist; at least <see cref="Needed"/>.</param>
    /// <returns>Each group, and the number of members that had come up with it.</returns>
    public (List<int[]> Groups, List<int> Drawn) Within(int made)
    {
        List<int[]> groups = [];
        List<int> drawn = [];
        while (Needed <= made)
        {
            groups.Add(_next!);
            drawn.Add(Drawn);
            _next = null;
            if (Drawn == candidates)
            {
                break;
            }
        }

        return (groups, drawn);
    }

    private int[] Pick()
    {
        int[] group = new int[size];
        for (int i = 0; i < size; i++)
        {
            int place = Below((uint)candidates);
            while (_places.AsSpan(0, i).Contains(place))
            {
                place = Below((uint)candidates);
            }

            _places[i] = place;
            group[i] = _numbers.TryGetValue(place, out int number) ? number : Add(place);
        }

        return group;
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
