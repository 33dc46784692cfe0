using Calm.Runtime;

namespace Calm.Kernels;

/// <content>The host's form: equal patches meet in a table of hashes.</content>
public static partial class CandidateChoice
{
    private readonly partial struct Forward
    {
        public void Run(HostDevice host)
        {
            int patchSize = ids.Columns;
            int poolSize = ids.Shape[1] * patchSize;
            for (int sequence = 0; sequence < draws.IntegerSpan.Length; sequence++)
            {
                ReadOnlySpan<int> pool = ids.IntegerSpan.Slice(sequence * poolSize, poolSize);
                int draw = Choose(pool, patchSize, agreement, WhatCounts(u.Span[sequence]));
                draws.IntegerSpan[sequence] = draw;
                pool.Slice(draw * patchSize, patchSize).CopyTo(patches.IntegerSpan[(sequence * patchSize)..]);
            }
        }
    }

    /// <summary>The binary places of a uniform number by which <see cref="Apply"/> chooses.</summary>
    internal static double WhatCounts(float u)
    {
        const double scale = 1 << UniformBits;
        return Math.Floor(u * scale) / scale;
    }

    /// <summary>Chooses among equal-looking patches of one sequence, for any agreement.</summary>
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
                total += Ways(count[i], m);
            }

            if (total > 0)
            {
                double running = 0;
                for (int i = 0; i < first.Length; i++)
                {
                    running += Ways(count[i], m);

                    // running > u * total, whatever the product would be rounded to.
                    if (Math.FusedMultiplyAdd(u, total, -running) < 0)
                    {
                        return first[i];
                    }
                }
            }
        }

        return first[^1]; // u is 1, or the totals are so large that they are rounded
    }

    /// <summary>C(count, m) as a double: 0 where count is less than m.</summary>
    internal static double Ways(int count, int m)
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
