using System.Numerics;

namespace Calm.Kernels;

/// <content>The definition, in whole numbers without limits.</content>
public static partial class CandidateChoice
{
    internal static double[][] Reference(double[] ids, double[] u, int candidates, int patchSize, int agreement)
    {
        double[] chosen = new double[u.Length];
        double[] patches = new double[u.Length * patchSize];
        for (int sequence = 0; sequence < u.Length; sequence++)
        {
            string[] pool = new string[candidates];
            for (int draw = 0; draw < candidates; draw++)
            {
                pool[draw] = string.Join(' ', ids.Skip((sequence * candidates + draw) * patchSize).Take(patchSize));
            }

            // GroupBy keeps the order of first appearance.
            (string Patch, int Count)[] distinct = [.. pool.GroupBy(p => p).Select(group => (group.Key, group.Count()))];
            int m = Math.Min(agreement, distinct.Max(patch => patch.Count));
            BigInteger[] weights = [.. distinct.Select(patch => Binomial(patch.Count, m))];
            BigInteger total = weights.Aggregate((a, b) => a + b);

            // running > u * total, both times 2^24
            BigInteger limit = new BigInteger(Math.Floor(u[sequence] * 16777216)) * total;
            BigInteger running = 0;
            int place = 0;
            while ((running += weights[place]) * 16777216 <= limit)
            {
                place++;
            }

            chosen[sequence] = Array.IndexOf(pool, distinct[place].Patch);
            Array.Copy(
                ids, (sequence * candidates + (int)chosen[sequence]) * patchSize, patches, sequence * patchSize, patchSize);
        }

        return [chosen, patches];
    }

    // n! / (m! (n - m)!)
    private static BigInteger Binomial(int n, int m) =>
        m > n ? 0 : Factorial(n) / (Factorial(m) * Factorial(n - m));

    private static BigInteger Factorial(int n) =>
        Enumerable.Range(1, n).Aggregate(BigInteger.One, (product, i) => product * i);
}
