using Calm.Kernels;

namespace Calm.Training;

/// <summary>
/// Chooses a patch exactly as <see cref="CandidateChoice"/> does, but decodes only tokens that can matter: a draw whose last
/// tokens no n - 1 other draws share cannot be chosen, whatever its first tokens are.
/// </summary>
/// <param name="patches">The draws.</param>
internal sealed class AgreementSearch(DrawnPatches patches)
{
    // Draws that agree so far are a group, named by one of them.
    private readonly int[] _group = new int[patches.Count];

    /// <summary>Chooses a patch.</summary>
    /// <param name="pool">Rows of the draws, ascending in the order in which they were drawn.</param>
    /// <param name="agreement">n.</param>
    /// <param name="u">Uniform in [0, 1).</param>
    /// <returns>A row of the chosen patch.</returns>
    public int Choose(int[] pool, int agreement, double u)
    {
        for (int m = Math.Min(agreement, pool.Length); m > 1; m--)
        {
            int[] agreeing = [.. Agreeing(pool, m).Order()];
            if (agreeing.Length > 0)
            {
                return agreeing[CandidateChoice.Choose(patches.Tokens(agreeing), patches.PatchSize, m, u)];
            }
        }

        int[] distinct = [.. Enumerable.Range(0, pool.Length)];
        return pool[CandidateChoice.Choose(distinct, 1, 1, u)];
    }

    /// <summary>The rows whose whole patches at least <paramref name="m"/> draws share.</summary>
    private int[] Agreeing(int[] pool, int m)
    {
        Array.ForEach(pool, row => _group[row] = pool[0]);
        int[] left = pool;
        for (int position = patches.PatchSize - 1; position >= 0 && left.Length > 0; position--)
        {
            patches.Decode(left, position);
            left = Agreeing(left, position, m);
        }

        return left;
    }

    /// <summary>The rows of groups of at least m after these are split by one more token.</summary>
    private int[] Agreeing(int[] rows, int position, int m)
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

        return [.. agreeing];
    }
}
