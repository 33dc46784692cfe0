using Calm.Kernels;
using Calm.Runtime;

namespace Calm.Cli.Tests;

/// <summary>The samplers on known distributions: 100000 choices each, fixed seeds, chi-square at 1 %.</summary>
public sealed class TemperatureSamplerTests
{
    private const int Choices = 100_000;
    private const double Critical = 13.277; // four degrees of freedom, 1 %

    private static readonly double[] P = [0.5, 0.25, 0.15, 0.07, 0.03];

    [Theory]
    [InlineData(1)]
    [InlineData(0.7)]
    [InlineData(0.5)]
    [InlineData(0.4)]
    [InlineData(1.0 / 3)]
    public void Exact_has_the_power_law(double temperature)
    {
        (double[] law, double firstStage, double trial) = ExactTemperature.Enumerate(P, temperature);
        Sampled sampled = Sample(new ExactTemperature(temperature, 10000), P);
        Holds(law, sampled);
        Within3Sigma(firstStage, sampled.Agreed, sampled.Trials);
        Within3Sigma(trial, Choices, sampled.Trials);
        Assert.Equal(0, sampled.AtBound);
    }

    [Theory]
    [InlineData("temp_exact_T1.000")]
    [InlineData("temp_exact_T0.500")]
    [InlineData("temp_exact_T0.400")]
    [InlineData("temp_exact_T0.333")]
    public void Exact_accepts_as_often_as_the_fixtures_say(string name)
    {
        Fixture fixture = new GoldenSet(GoldenTests.Folder()).Load(name);
        Sampled sampled = Sample(new ExactTemperature(fixture.Number("T"), 10000), fixture["in.p"].Values);
        Holds(fixture["out.prob"].Values, sampled);
        Within3Sigma(fixture["out.stage1_accept"].Values[0], sampled.Agreed, sampled.Trials);
        Within3Sigma(fixture["out.trial_accept"].Values[0], Choices, sampled.Trials);
    }

    [Theory]
    [InlineData(Sampler.Batch, 1, 2)]
    [InlineData(Sampler.Batch, 1, 6)]
    [InlineData(Sampler.Batch, 1, 20)]
    [InlineData(Sampler.Batch, 2, 2)]
    [InlineData(Sampler.Batch, 2, 6)]
    [InlineData(Sampler.Batch, 2, 20)]
    [InlineData(Sampler.Batch, 3, 2)]
    [InlineData(Sampler.Batch, 3, 6)]
    [InlineData(Sampler.Batch, 3, 20)]
    [InlineData(Sampler.Lazy, 1, 2)]
    [InlineData(Sampler.Lazy, 1, 6)]
    [InlineData(Sampler.Lazy, 1, 20)]
    [InlineData(Sampler.Lazy, 2, 2)]
    [InlineData(Sampler.Lazy, 2, 6)]
    [InlineData(Sampler.Lazy, 2, 20)]
    [InlineData(Sampler.Lazy, 3, 2)]
    [InlineData(Sampler.Lazy, 3, 6)]
    [InlineData(Sampler.Lazy, 3, 20)]
    [InlineData(Sampler.Lazy, 8, 6)]
    public void Batch_and_lazy_have_the_batch_law(Sampler sampler, int agreement, int candidates)
    {
        ITemperatureSampler tested = TemperatureSamplers.Create(sampler, 1.0 / agreement, candidates, 1);
        double[] law = BatchTemperatureLaw.Enumerate(P, agreement, candidates);
        Assert.Equal(1, law.Sum(), 12);
        Holds(law, Sample(tested, P));
    }

    [Theory]
    [InlineData(2, 6)]
    [InlineData(2, 20)]
    [InlineData(3, 20)]
    public void Stopping_at_the_first_repeat_has_another_law(int agreement, int candidates)
    {
        double[] law = BatchTemperatureLaw.Enumerate(P, agreement, candidates);
        Assert.True(ChiSquare(law, Sample(new FirstRepeat(agreement, candidates), P)) > Critical);
    }

    [Theory]
    [InlineData(2, 6)]
    [InlineData(3, 20)]
    public void Disjoint_groups_have_another_law(int agreement, int candidates)
    {
        double[] law = BatchTemperatureLaw.Enumerate(P, agreement, candidates);
        Assert.True(ChiSquare(law, Sample(new DisjointGroups(agreement, candidates), P)) > Critical);
    }

    /// <summary>Uniform over 1/q outcomes, whose sum of p^2 is q.</summary>
    [Theory]
    [InlineData(0.5, 4)]
    [InlineData(0.2, 9.5)]
    [InlineData(0.1, 18)]
    [InlineData(0.05, 33)]
    public void Lazy_takes_as_many_candidates_as_derived(double sumOfSquares, double about)
    {
        int outcomes = (int)Math.Round(1 / sumOfSquares);
        double[] p = [.. Enumerable.Repeat(1.0 / outcomes, outcomes)];
        double expected = LazyTemperature.ExpectedCandidates(p, 2, 200);
        Assert.InRange(expected, 0.95 * about, 1.05 * about);
        Sampled sampled = Sample(new LazyTemperature(2, 200), p, 20_000);
        Assert.InRange(sampled.Candidates / 20_000.0, 0.97 * expected, 1.03 * expected);
    }

    [Theory]
    [InlineData(2, 20)]
    [InlineData(3, 20)]
    [InlineData(3, 200)]
    [InlineData(2, 2)]
    public void Lazy_takes_as_many_candidates_as_derived_of_an_uneven_distribution(int agreement, int candidates)
    {
        double expected = LazyTemperature.ExpectedCandidates(P, agreement, candidates);
        Sampled sampled = Sample(new LazyTemperature(agreement, candidates), P);
        Assert.InRange((double)sampled.Candidates / Choices, 0.99 * expected, 1.01 * expected);
    }

    /// <summary>The same expectation by going through all counts.</summary>
    [Theory]
    [InlineData(2, 7)]
    [InlineData(3, 12)]
    public void The_integral_is_the_sum_over_counts(int agreement, int candidates)
    {
        double groups = CandidateChoice.Ways(candidates - 1, agreement - 1);
        double sum = 0;
        Visit(0, candidates - 1, 1, 0);
        Assert.Equal(sum, LazyTemperature.ExpectedCandidates(P, agreement, candidates), 1e-6);

        void Visit(int outcome, int left, double probability, double agreeing)
        {
            if (outcome == P.Length)
            {
                sum += left == 0 ? candidates * probability * groups / (groups + agreeing) : 0;
                return;
            }

            for (int count = 0; count <= left; count++)
            {
                Visit(
                    outcome + 1, left - count,
                    probability * CandidateChoice.Ways(left, count) * Math.Pow(P[outcome], count),
                    agreeing + CandidateChoice.Ways(count, agreement));
            }
        }
    }

    [Fact]
    public void At_its_bound_exact_chooses_by_the_batch_rule_and_says_so()
    {
        double[] even = [.. Enumerable.Repeat(1e-3, 1000)];
        Sampled sampled = Sample(new ExactTemperature(0.25, 10), even, 200);
        Assert.Equal(200, sampled.AtBound);
        Assert.Equal(2000, sampled.Candidates);
    }

    [Theory]
    [InlineData(Sampler.Exact, 0.0, 200, 10)]
    [InlineData(Sampler.Exact, 1.5, 200, 10)]
    [InlineData(Sampler.Exact, double.NaN, 200, 10)]
    [InlineData(Sampler.Exact, 0.5, 200, 0)]
    [InlineData(Sampler.Lazy, 0.7, 200, 10)]
    [InlineData(Sampler.Batch, 0.5, 0, 10)]
    public void Arguments_out_of_range_are_refused(Sampler name, double temperature, int candidates, int most) =>
        Assert.Throws<SettingException>(() => TemperatureSamplers.Create(name, temperature, candidates, most));

    [Theory]
    [InlineData(0.5, Sampler.Lazy)]
    [InlineData(1, Sampler.Lazy)]
    [InlineData(0.7, Sampler.Exact)]
    public void The_temperature_decides_what_is_taken_by_default(double temperature, Sampler name) =>
        Assert.Equal(name, TemperatureSamplers.Create(null, temperature, 200, 10000).Kind);

    /// <summary>Holds a law, and tells it from one that is off by one in a hundred.</summary>
    private static void Holds(double[] law, Sampled sampled)
    {
        double chiSquare = ChiSquare(law, sampled);
        Assert.True(chiSquare < Critical, $"chi-square {chiSquare}");
        double[] biased = [law[0] - 0.01, law[1] + 0.01, .. law[2..]];
        Assert.True(ChiSquare(biased, sampled) > Critical);
    }

    private static void Within3Sigma(double chance, long successes, long trials)
    {
        double sigma = Math.Sqrt(chance * (1 - chance) / trials);
        Assert.InRange((double)successes / trials, chance - 3 * sigma - 1e-9, chance + 3 * sigma + 1e-9);
    }

    private static double ChiSquare(double[] law, Sampled sampled) =>
        law.Select((share, i) => Math.Pow(sampled.Counts[i] - Choices * share, 2) / (Choices * share)).Sum();

    private static Sampled Sample(ITemperatureSampler sampler, double[] p, int choices = Choices)
    {
        Sampled sampled = new(p.Length);
        KnownCandidates candidates = new(p, new RandomStream(2026, 0, 90));
        for (uint i = 0; i < choices; i++)
        {
            candidates.Clear();
            RandomStream place = new(2026, i, 91);
            ChoiceNoise noise = new(place.Uniform(0), new RandomStream(2026, i, 92), new RandomStream(2026, i, 93));
            PatchChoice choice = sampler.Begin(noise).Continue(candidates)!.Value;
            Assert.Equal(choice.Candidates, candidates.Drawn);
            sampled.Counts[candidates[choice.Draw]]++;
            sampled.Candidates += choice.Candidates;
            sampled.Trials += choice.Trials;
            sampled.Agreed += choice.Agreed;
            sampled.AtBound += choice.AtBound ? 1 : 0;
        }

        return sampled;
    }

    private sealed class Sampled(int outcomes)
    {
        public int[] Counts { get; } = new int[outcomes];

        public long Candidates { get; set; }

        public long Trials { get; set; }

        public long Agreed { get; set; }

        public int AtBound { get; set; }
    }

    /// <summary>Looks at groups of n in a fixed order, and leaves the rest to the batch rule.</summary>
    private abstract class InOrder(int agreement, int candidates) : ITemperatureSampler, ISelection
    {
        private double _place;

        public Sampler Kind => Sampler.Lazy;

        public int FewestCandidates => 1;

        public int MostCandidates => candidates;

        public ISelection Begin(ChoiceNoise noise)
        {
            _place = noise.Place;
            return this;
        }

        public PatchChoice? Continue(ICandidates draws)
        {
            foreach (int[] group in Groups(agreement, candidates))
            {
                draws.Make(group.Max() + 1);
                if (draws.FirstAgreeing([group]) == 0)
                {
                    return new PatchChoice(group[0], group.Max() + 1, 0, 0, AtBound: false);
                }
            }

            return new PatchChoice(draws.Choose(candidates, agreement, _place), candidates, 0, 0, AtBound: true);
        }

        protected abstract IEnumerable<int[]> Groups(int agreement, int candidates);
    }

    /// <summary>All groups by their last member: the answer is the first patch to come up n times.</summary>
    private sealed class FirstRepeat(int agreement, int candidates) : InOrder(agreement, candidates)
    {
        protected override IEnumerable<int[]> Groups(int agreement, int candidates) =>
            Enumerable.Range(0, candidates).SelectMany(last => Ending(agreement, last));

        private static IEnumerable<int[]> Ending(int size, int last) => size == 1
            ? [[last]]
            : Enumerable.Range(0, last).SelectMany(before => Ending(size - 1, before)).Select(group => (int[])[.. group, last]);
    }

    private sealed class DisjointGroups(int agreement, int candidates) : InOrder(agreement, candidates)
    {
        protected override IEnumerable<int[]> Groups(int agreement, int candidates) =>
            Enumerable.Range(0, candidates).Chunk(agreement).Where(group => group.Length == agreement);
    }
}
