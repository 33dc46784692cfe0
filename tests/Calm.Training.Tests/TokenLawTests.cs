using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>Drawing a token: temperature, the likeliest, the nucleus, the inverse of the distribution function.</summary>
public sealed class TokenLawTests
{
    // softmax gives 0.4, 0.3, 0.15, 0.1, 0.05, in another order.
    private static readonly double[] P = [0.1, 0.4, 0.05, 0.3, 0.15];
    private static readonly float[] Logits = [.. P.Select(p => (float)(Math.Log(p) + 3))];

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.5)]
    [InlineData(2.0)]
    public void Temperature_raises_probabilities_to_a_power(double temperature)
    {
        TokenLaw law = new(P.Length);
        law.Set(Logits, temperature);
        double[] want = Normalised(P.Select(p => Math.Pow(p, 1 / temperature)));
        for (int id = 0; id < P.Length; id++)
        {
            Assert.Equal(want[id], law[id], 1e-6);
            Assert.Equal(Math.Log(want[id]), law.LogProbability(id), 1e-6);
        }

        Assert.Equal(want.Sum(p => p * p), law.Collision, 1e-6);
    }

    [Fact]
    public void An_impossible_token_has_a_finite_log_probability()
    {
        TokenLaw law = new(2);
        law.Set([1000, -1000]);
        Assert.Equal(0, law[1]);
        Assert.Equal(-2000, law.LogProbability(1));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Logits_that_are_no_numbers_are_refused(float logit) =>
        Assert.Throws<CalmException>(() => new TokenLaw(2).Set([0, logit]));

    [Theory]
    [InlineData(0, 1.0, new[] { 0, 1, 2, 3, 4 })]
    [InlineData(9, 1.0, new[] { 0, 1, 2, 3, 4 })]
    [InlineData(2, 1.0, new[] { 1, 3 })]
    [InlineData(1, 1.0, new[] { 1 })]
    [InlineData(0, 0.39, new[] { 1 })]
    [InlineData(0, 0.41, new[] { 1, 3 })]
    [InlineData(0, 0.84, new[] { 1, 3, 4 })]
    [InlineData(3, 0.5, new[] { 1, 3 })] // 0.4 / 0.85 is less than a half
    [InlineData(2, 0.57, new[] { 1 })] // 0.4 / 0.7 is 0.5714
    public void The_likeliest_are_kept_in_their_proportions(int topK, double topP, int[] kept)
    {
        TokenLaw law = new(P.Length);
        law.Set(Logits);
        law.Keep(topK, topP);
        double total = kept.Sum(id => P[id]);
        for (int id = 0; id < P.Length; id++)
        {
            Assert.Equal(kept.Contains(id) ? P[id] / total : 0, law[id], 1e-6);
        }
    }

    [Fact]
    public void In_a_tie_the_smaller_id_is_kept()
    {
        TokenLaw law = new(4);
        law.Set([1, 2, 2, 2]);
        law.Keep(2, 1);
        Assert.Equal([0.0, 0.5, 0.5, 0.0], Enumerable.Range(0, 4).Select(id => law[id]));
    }

    /// <summary>Keeps the tokens that sorting all would keep, to the bit, without a list of all.</summary>
    [Theory]
    [InlineData(1, 1.0)]
    [InlineData(40, 1.0)]
    [InlineData(40, 0.9)]
    [InlineData(0, 0.5)]
    [InlineData(0, 0.95)]
    [InlineData(5000, 0.95)]
    public void The_likeliest_are_those_of_a_whole_sort_but_are_found_without_it(int topK, double topP)
    {
        const int vocabulary = 4096;
        TokenLaw law = new(vocabulary);
        long allocated = 0;
        for (uint round = 0; round < 20; round++)
        {
            RandomStream stream = new(7, round, 0);
            float[] logits = [.. Enumerable.Range(0, vocabulary).Select(
                id => MathF.Round(4 * stream.Normal((ulong)id) * 64) / 64)]; // with ties
            law.Set(logits);
            double[] whole = [.. Enumerable.Range(0, vocabulary).Select(id => law[id])];
            long before = GC.GetAllocatedBytesForCurrentThread();
            law.Keep(topK, topP);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Equal(Sorted(whole, topK, topP), Enumerable.Range(0, vocabulary).Select(id => law[id]));
        }

        if (topK is > 0 and < 100)
        {
            Assert.InRange(allocated, 0, vocabulary); // a list of all would be 4 bytes a token
        }

        static double[] Sorted(double[] law, int topK, double topP)
        {
            int[] order = [.. Enumerable.Range(0, law.Length).OrderByDescending(id => law[id]).ThenBy(id => id)];
            int kept = topK == 0 ? law.Length : Math.Min(topK, law.Length);
            double total = order.Take(kept).Sum(id => law[id]);
            double share = 0;
            int fewest = 0;
            while (fewest < kept && (topP >= 1 || share < topP * total))
            {
                share += law[order[fewest++]];
            }

            double[] scaled = new double[law.Length];
            Array.ForEach(order[..fewest], id => scaled[id] = law[id] * (1 / share));
            return scaled;
        }
    }

    [Fact]
    public void Draws_invert_the_distribution_function()
    {
        TokenLaw law = new(4);
        law.Set([0, 0, 0, 0]);
        law.Keep(3, 1);
        Assert.Equal(0, law.Draw(0));
        Assert.Equal(0, law.Draw(0.333));
        Assert.Equal(1, law.Draw(0.334));
        Assert.Equal(2, law.Draw(0.9999999));
        Assert.Equal(2, law.Draw(1)); // beyond the range: the last that is possible
    }

    /// <summary>Chi-square at 1 %, 100000 draws, fixed seed; a law that is off by one in a hundred is told apart.</summary>
    [Theory]
    [InlineData(1.0, 0, 1.0)]
    [InlineData(0.7, 0, 1.0)]
    [InlineData(1.5, 3, 1.0)]
    [InlineData(1.0, 0, 0.8)]
    [InlineData(0.8, 4, 0.9)]
    public void Draws_follow_the_law(double temperature, int topK, double topP)
    {
        const int draws = 100_000;
        double[] law = Law(temperature, topK, topP);
        TokenLaw drawn = new(P.Length);
        new TokenSampling(temperature, topK, topP).Apply(drawn, Logits);
        RandomStream stream = RandomStreams.ArGeneration(2026, (uint)(topK + 10 * topP + 100 * temperature));
        int[] counts = new int[P.Length];
        for (int i = 0; i < draws; i++)
        {
            counts[drawn.Draw(stream.Uniform((ulong)i))]++;
        }

        int possible = law.Count(p => p > 0);
        double critical = possible switch { 2 => 6.635, 3 => 9.210, 4 => 11.345, _ => 13.277 };
        Assert.True(ChiSquare(law) < critical, $"chi-square {ChiSquare(law)}");
        int likeliest = Array.IndexOf(law, law.Max());
        int second = Array.IndexOf(law, law.Where((_, id) => id != likeliest).Max());
        double[] biased = [.. law];
        biased[likeliest] -= 0.01;
        biased[second] += 0.01;
        Assert.True(ChiSquare(biased) > critical);

        double ChiSquare(double[] wanted)
        {
            double sum = 0;
            for (int id = 0; id < wanted.Length; id++)
            {
                double expected = draws * wanted[id];
                sum += expected > 0 ? Math.Pow(counts[id] - expected, 2) / expected : 1e9 * counts[id];
            }

            return sum;
        }
    }

    [Fact]
    public void Temperature_zero_takes_the_likeliest()
    {
        TokenLaw law = new(P.Length);
        new TokenSampling(0, 3, 0.9).Apply(law, Logits);
        Assert.Equal(1, law[1]);
        Assert.Equal(1, law.Draw(0.999));
    }

    /// <summary>By its definition, one token after another.</summary>
    private static double[] Law(double temperature, int topK, double topP)
    {
        double[] law = Normalised(P.Select(p => Math.Pow(p, 1 / temperature)));
        int[] order = [.. Enumerable.Range(0, law.Length).OrderByDescending(id => law[id])];
        int[] first = topK == 0 ? order : order[..topK];
        double total = first.Sum(id => law[id]);
        HashSet<int> kept = [];
        double share = 0;
        foreach (int id in first.TakeWhile(_ => share < topP - 1e-12))
        {
            kept.Add(id);
            share += law[id] / total;
        }

        return Normalised(law.Select((p, id) => kept.Contains(id) ? p : 0));
    }

    private static double[] Normalised(IEnumerable<double> weights)
    {
        double[] all = [.. weights];
        double sum = all.Sum();
        return [.. all.Select(w => w / sum)];
    }
}
