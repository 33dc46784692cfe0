using Calm.Kernels;

namespace Calm.Training;

/// <summary>
/// Temperature 1/n with the law of <see cref="BatchTemperature"/> from N draws, most of which it never makes: n of the N are
/// picked, uniformly among all C(N, n) groups and again and again, and the first group that agrees is the answer. Once all N
/// are drawn the batch rule answers. docs/sampling.md shows that the law is the same.
/// </summary>
/// <param name="agreement">n.</param>
/// <param name="candidates">N.</param>
internal sealed class LazyTemperature(int agreement, int candidates) : ITemperatureSampler
{
    private readonly int _groupSize = Math.Min(agreement, candidates);

    /// <inheritdoc/>
    public Sampler Kind => Sampler.Lazy;

    /// <inheritdoc/>
    public int FewestCandidates => _groupSize;

    /// <inheritdoc/>
    public int MostCandidates => _groupSize == 1 ? 1 : candidates;

    /// <inheritdoc/>
    public ISelection Begin(ChoiceNoise noise) => new Selection(agreement, candidates, noise);

    /// <summary>The number of draws that a choice takes on average, for a known distribution of one draw.</summary>
    /// <remarks>
    /// N E[B / (B + A)] with B = C(N - 1, n - 1) and A the number of agreeing groups among N - 1 draws, which has no closed
    /// form; so as the integral of E[u^(A / B)] over u in (0, 1), whose generating function is a product over outcomes:
    /// docs/sampling.md.
    /// </remarks>
    /// <param name="p">Probabilities of one draw.</param>
    /// <param name="agreement">n.</param>
    /// <param name="candidates">N.</param>
    public static double ExpectedCandidates(double[] p, int agreement, int candidates)
    {
        int n = Math.Min(agreement, candidates);
        double groups = CandidateChoice.Ways(candidates - 1, n - 1);

        // Double exponential quadrature over (0, 1): the integrand is steep at both ends.
        const double step = 1.0 / 32;
        const int steps = 32 * 4;
        double integral = 0;
        for (int i = -steps; i <= steps; i++)
        {
            double s = Math.PI / 2 * Math.Sinh(i * step);
            double u = 1 / (1 + Math.Exp(-2 * s));
            double weight = Math.PI / 4 * Math.Cosh(i * step) / Math.Pow(Math.Cosh(s), 2);
            integral += step * weight * MeanPower(p, n, candidates - 1, Math.Log(u) / groups);
        }

        return candidates * integral;
    }

    private sealed class Selection(int agreement, int candidates, ChoiceNoise noise) : ISelection
    {
        private readonly GroupPicks _picks = new(candidates, Math.Min(agreement, candidates), noise.Picks);
        private List<int[]> _groups = [];
        private List<int> _drawn = [];
        private int _trials;
        private int _seen;

        public PatchChoice? Continue(ICandidates draws)
        {
            while (_seen < candidates)
            {
                if (_groups.Count == 0)
                {
                    if (draws.Make(_picks.Needed) is not { } made)
                    {
                        return null;
                    }

                    (_groups, _drawn) = _picks.Within(made);
                }

                if (draws.FirstAgreeing(_groups) is not { } place)
                {
                    return null;
                }

                if (place >= 0)
                {
                    return new PatchChoice(_groups[place][0], _drawn[place], _trials + place + 1, 1, AtBound: false);
                }

                _trials += _groups.Count;
                _seen = _drawn[^1];
                _groups = [];
            }

            return new PatchChoice(
                draws.Choose(candidates, agreement, noise.Place), candidates, _trials, 0, AtBound: true);
        }
    }

    /// <summary>E[exp(log A)] for A agreeing groups of n among some draws: Poisson counts, given their sum.</summary>
    private static double MeanPower(double[] p, int n, int draws, double log)
    {
        double[] sums = new double[draws + 1];
        sums[0] = 1;
        foreach (double probability in p)
        {
            double[] weights = Poisson(draws * probability, draws);
            for (int count = n; count <= draws; count++)
            {
                weights[count] *= Math.Exp(log * CandidateChoice.Ways(count, n));
            }

            double[] next = new double[draws + 1];
            for (int total = 0; total <= draws; total++)
            {
                for (int count = 0; count <= total; count++)
                {
                    next[total] += sums[total - count] * weights[count];
                }
            }

            sums = next;
        }

        return sums[draws] / Poisson(draws, draws)[draws];
    }

    private static double[] Poisson(double mean, int most)
    {
        double[] weights = new double[most + 1];
        double logarithm = -mean;
        for (int count = 0; count <= most; count++)
        {
            weights[count] = mean > 0 ? Math.Exp(logarithm) : count == 0 ? 1 : 0;
            logarithm += Math.Log(mean) - Math.Log(count + 1);
        }

        return weights;
    }
}
