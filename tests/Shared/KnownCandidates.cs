using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Tests;

/// <summary>Draws of a known distribution.</summary>
internal sealed class KnownCandidates(double[] p, RandomStream stream) : ICandidates
{
    private readonly List<int> _outcomes = [];
    private ulong _next;

    /// <summary>Draws made for the current choice.</summary>
    public int Drawn => _outcomes.Count;

    /// <summary>The outcome of a draw.</summary>
    public int this[int draw]
    {
        get
        {
            while (_outcomes.Count <= draw)
            {
                _outcomes.Add(Outcome(stream.Word(_next++) * Math.ScaleB(1, -32)));
            }

            return _outcomes[draw];
        }
    }

    /// <summary>Forgets the draws: the next choice has others.</summary>
    public void Clear() => _outcomes.Clear();

    public int? Make(int count)
    {
        _ = this[count - 1];
        return count;
    }

    public int? FirstAgreeing(IReadOnlyList<int[]> groups) =>
        groups.ToList().FindIndex(group => group.All(draw => this[draw] == this[group[0]]));

    public int Choose(int count, int agreement, double u)
    {
        int[] pool = [.. Enumerable.Range(0, count).Select(draw => this[draw])];
        return CandidateChoice.Choose(pool, 1, agreement, u);
    }

    private int Outcome(double u)
    {
        int outcome = 0;
        for (double left = u - p[0]; left >= 0 && outcome < p.Length - 1; left -= p[outcome])
        {
            outcome++;
        }

        return outcome;
    }
}
