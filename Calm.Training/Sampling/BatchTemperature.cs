namespace Calm.Training;

/// <summary>
/// Likelihood-free temperature 1/n from a pool of draws: among the distinct patches, those drawn at least n times are
/// candidates, each with weight C(count, n), the number of ways in which n draws agree on it. If none is, n - 1 takes the
/// place of n, and so on; at 1 every draw counts once. Source: arXiv:2510.27688, algorithm 2.
/// </summary>
internal static class BatchTemperature
{
    /// <summary>How far 1 / T may be from an integer and count as one.</summary>
    private const double IntegerTolerance = 1e-6;

    /// <summary>The n of temperature 1/n.</summary>
    /// <exception cref="UsageException">The temperature is not the reciprocal of an integer.</exception>
    public static int Agreement(double temperature)
    {
        double n = 1 / temperature;
        if (!(temperature > 0) || temperature > 1 || Math.Abs(n - Math.Round(n)) > IntegerTolerance * n)
        {
            throw new UsageException(
                $"--temperature {temperature}: must be 1/n for a whole n: 1, 0.5, 0.3333333, 0.25 and so on.");
        }

        return (int)Math.Round(n);
    }

    /// <summary>Chooses among equal-looking patches.</summary>
    /// <param name="pool">Draws of one patch each, [N, K], in the order in which they were drawn.</param>
    /// <param name="patchSize">K.</param>
    /// <param name="agreement">n.</param>
    /// <param name="u">Uniform in [0, 1).</param>
    /// <returns>The number of the draw at which the chosen patch first appears.</returns>
    public static int Choose(ReadOnlySpan<int> pool, int patchSize, int agreement, double u)
    {
        int draws = pool.Length / patchSize;
        (int[] first, int[] count) = CountDistinct(pool, patchSize);
        for (int m = Math.Min(agreement, draws); m >= 1; m--)
        {
            double total = 0;
            for (int i = 0; i < first.Length; i++)
            {
                total += Choose(count[i], m);
            }

            if (total > 0)
            {
                double running = 0;
                for (int i = 0; i < first.Length; i++)
                {
                    running += Choose(count[i], m);
                    if (running > u * total)
                    {
                        return first[i];
                    }
                }
            }
        }

        return first[^1]; // u * total rounded up to the total
    }

    /// <summary>C(count, m) as a double: 0 where count is less than m.</summary>
    internal static double Choose(int count, int m)
    {
        double ways = count >= m ? 1 : 0;
        for (int i = 0; i < m && ways > 0; i++)
        {
            ways = ways * (count - i) / (i + 1);
        }

        return ways;
    }

    /// <summary>The distinct patches in the order of their first appearance, and how often each was drawn.</summary>
    private static (int[] First, int[] Count) CountDistinct(ReadOnlySpan<int> pool, int patchSize)
    {
        int draws = pool.Length / patchSize;
        List<int> first = [];
        List<int> count = [];
        Dictionary<ulong, List<int>> byHash = [];
        for (int draw = 0; draw < draws; draw++)
        {
            ReadOnlySpan<int> patch = pool.Slice(draw * patchSize, patchSize);
            ulong hash = Hash(patch);
            if (!byHash.TryGetValue(hash, out List<int>? places))
            {
                byHash.Add(hash, places = []);
            }

            int place = -1;
            foreach (int candidate in places)
            {
                if (pool.Slice(first[candidate] * patchSize, patchSize).SequenceEqual(patch))
                {
                    place = candidate;
                }
            }

            if (place < 0)
            {
                places.Add(first.Count);
                first.Add(draw);
                count.Add(1);
            }
            else
            {
                count[place]++;
            }
        }

        return ([.. first], [.. count]);
    }

    private static ulong Hash(ReadOnlySpan<int> patch)
    {
        ulong hash = 14695981039346656037; // FNV-1a over whole ids
        foreach (int id in patch)
        {
            hash = (hash ^ (uint)id) * 1099511628211;
        }

        return hash;
    }
}
