using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Chooses patches exactly as <see cref="CandidateChoice"/> does, but decodes only tokens that can matter: a draw whose
/// last tokens no n - 1 other draws share cannot be chosen, whatever its first tokens are.
/// </summary>
/// <param name="patches">The draws.</param>
/// <param name="patchSize">K.</param>
internal sealed class AgreementSearch(DrawnPatches patches, int patchSize)
{
    private readonly int[] _pool = new int[patches.Count];
    private readonly int[] _group = new int[patches.Count];

    /// <summary>Whether a choice can leave tokens undecoded and be the same.</summary>
    /// <param name="device">Where it is made.</param>
    /// <param name="candidates">N.</param>
    /// <param name="agreement">n; without any, all draws count by how often they occur.</param>
    public static bool Pays(Device device, int candidates, int agreement) =>
        DrawnPatches.OnDemandPays(device) && Math.Min(candidates, agreement) > 1;

    /// <summary>Chooses a patch from every pool, and makes all its tokens known.</summary>
    /// <param name="pools">Rows of the draws of each pool, ascending in the order in which they were drawn.</param>
    /// <param name="agreement">n.</param>
    /// <param name="u">Uniform in [0, 1), one for each pool.</param>
    /// <returns>A row of the chosen patch for each pool.</returns>
    public int[] Choose(IReadOnlyList<int[]> pools, int agreement, ReadOnlySpan<double> u)
    {
        int[] chosen = new int[pools.Count];
        List<int> open = [.. Enumerable.Range(0, pools.Count)];
        for (int m = Math.Min(agreement, pools.Max(pool => pool.Length)); m > 1 && open.Count > 0; m--)
        {
            ILookup<int, int> agreeing = Agreeing(pools, open, m).Order().ToLookup(row => _pool[row]);
            foreach (IGrouping<int, int> rows in agreeing)
            {
                int[] candidates = [.. rows];
                int[] tokens = [.. candidates.SelectMany(row => patches.Tokens(row).ToArray())];
                chosen[rows.Key] = candidates[CandidateChoice.Choose(tokens, patchSize, m, u[rows.Key])];
            }

            open.RemoveAll(agreeing.Contains);
        }

        foreach (int pool in open)
        {
            chosen[pool] = AnyOf(pools[pool], u[pool]);
        }

        patches.DecodeAll(chosen);
        return chosen;
    }

    /// <summary>The rows of some pools whose whole patches at least <paramref name="m"/> draws share.</summary>
    private List<int> Agreeing(IReadOnlyList<int[]> pools, List<int> open, int m)
    {
        List<int> left = [];
        foreach (int pool in open)
        {
            left.AddRange(pools[pool]);
            foreach (int row in pools[pool])
            {
                (_pool[row], _group[row]) = (pool, pools[pool][0]);
            }
        }

        for (int position = patchSize - 1; position >= 0 && left.Count > 0; position--)
        {
            patches.Decode(left, position);
            left = Agreeing(left, position, m);
        }

        return left;
    }

    /// <summary>Those of which m of a group agree on one more token: groups of their own, named by one of them.</summary>
    private List<int> Agreeing(List<int> rows, int position, int m)
    {
        List<int> agreeing = [];
        int[] sorted = [.. rows];
        long[] keys = [.. rows.Select(row => ((long)_group[row] << 32) | (uint)patches.Tokens(row)[position])];
        Array.Sort(keys, sorted);
        for (int start = 0; start < sorted.Length;)
        {
            long key = keys[start];
            int end = Array.FindIndex(keys, start, other => other != key);
            int[] group = sorted[start..(end < 0 ? sorted.Length : end)];
            if (group.Length >= m)
            {
                agreeing.AddRange(group);
                Array.ForEach(group, row => _group[row] = group[0]);
            }

            start += group.Length;
        }

        return agreeing;
    }

    /// <summary>No two draws of the pool agree, or agreement is not asked for.</summary>
    private static int AnyOf(int[] pool, double u)
    {
        int[] distinct = [.. Enumerable.Range(0, pool.Length)];
        return pool[CandidateChoice.Choose(distinct, 1, 1, u)];
    }
}
