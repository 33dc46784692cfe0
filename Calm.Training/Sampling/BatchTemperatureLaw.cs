using Calm.Kernels;

namespace Calm.Training;

/// <summary>
/// The exact law of <see cref="BatchTemperature"/> for a known distribution, by going through all counts that N draws can
/// have. It is not p^n / Z: a finite pool favours the likely outcomes less.
/// </summary>
internal static class BatchTemperatureLaw
{
    /// <summary>The probability of each outcome.</summary>
    /// <param name="p">Probabilities of one draw.</param>
    /// <param name="agreement">n.</param>
    /// <param name="draws">N.</param>
    public static double[] Enumerate(double[] p, int agreement, int draws)
    {
        double[] law = new double[p.Length];
        Visit(p, agreement, new int[p.Length], 0, draws, 1, law);
        return law;
    }

    /// <summary>Gives outcome number <paramref name="outcome"/> each count that is left, then goes on to the next.</summary>
    private static void Visit(
        double[] p, int agreement, int[] counts, int outcome, int left, double probability, double[] law)
    {
        if (outcome == p.Length - 1)
        {
            counts[outcome] = left;
            Add(counts, agreement, probability * Math.Pow(p[outcome], left), law);
            return;
        }

        for (int count = 0; count <= left; count++)
        {
            counts[outcome] = count;
            double ways = CandidateChoice.Ways(left, count) * Math.Pow(p[outcome], count);
            Visit(p, agreement, counts, outcome + 1, left - count, probability * ways, law);
        }
    }

    private static void Add(int[] counts, int agreement, double probability, double[] law)
    {
        for (int m = Math.Min(agreement, counts.Sum()); m >= 1; m--)
        {
            double total = counts.Sum(count => CandidateChoice.Ways(count, m));
            if (total > 0)
            {
                for (int i = 0; i < counts.Length; i++)
                {
                    law[i] += probability * CandidateChoice.Ways(counts[i], m) / total;
                }

                return;
            }
        }
    }
}
