using Calm.Runtime;

namespace Calm.Training.Tests;

public sealed class BrierTests
{
    private static readonly double[] P = [0.6, 0.3, 0.1];

    /// <summary>On a known model the estimate approaches 2 P(y) - sum P^2, with two draws and with eight.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    public void Estimate_approaches_its_expectation(int draws)
    {
        const int rows = 40_000;
        int[] truth = [0, 1, 0, 2];
        double[] sums = new double[4];
        double[] squares = new double[4];
        RandomStream stream = new(11, (uint)draws, 0);
        ulong next = 0;
        int[] tokens = new int[draws * 4];
        double[] scores = new double[4];
        for (int row = 0; row < rows; row++)
        {
            for (int i = 0; i < tokens.Length; i++)
            {
                float u = stream.Uniform(next++);
                tokens[i] = u < P[0] ? 0 : u < P[0] + P[1] ? 1 : 2;
            }

            Array.Clear(scores);
            BrierScore.AddRow(tokens, 4, truth, scores);
            for (int n = 0; n < 4; n++)
            {
                sums[n] += scores[n];
                squares[n] += scores[n] * scores[n];
            }
        }

        double probability = 1;
        double collision = 1;
        for (int n = 0; n < 4; n++)
        {
            probability *= P[truth[n]];
            collision *= P.Sum(p => p * p);
            double mean = sums[n] / rows;
            double error = Math.Sqrt((squares[n] / rows - mean * mean) / rows);
            Assert.InRange(mean, 2 * probability - collision - 4 * error, 2 * probability - collision + 4 * error);
        }
    }

    [Fact]
    public void Negative_scores_count_as_zero_unless_the_published_estimator_is_asked_for()
    {
        double[] brier = [-0.5, -0.5, 0.5, 0.5];
        Assert.Equal(0, BrierScore.Combine(brier));
        Assert.Equal(0.5, BrierScore.Combine(brier, BrierEstimator.Published), 12);
    }

    [Fact]
    public void Rows_shorter_than_four_tokens_are_refused() =>
        Assert.Throws<CalmException>(() => BrierScore.FromSamples([1, 2, 3], [1, 2, 3], [1, 2, 3], 3));

    [Fact]
    public void Interval_contains_the_score_and_narrows_with_more_documents()
    {
        BrierTotals.Result few = Totals(10).Summarise();
        BrierTotals.Result many = Totals(1000).Summarise();
        Assert.InRange(few.BrierLm, few.Low, few.High);
        Assert.InRange(many.BrierLm, many.Low, many.High);
        Assert.True(many.High - many.Low < few.High - few.Low);
        Assert.Equal(few.Brier[0], many.Brier[0], 0.1);
    }

    /// <summary>The baselines' closed forms against going through all sequences.</summary>
    [Fact]
    public void Counting_baselines_are_exact()
    {
        int[] text = [0, 1, 0, 2, 1, 0, 0, 1, 2, 2, 0, 1];
        CountBaseline baseline = new(text, 4);
        double[] unigram = [5 / 12.0, 4 / 12.0, 3 / 12.0, 0];
        double[,] bigram = new double[4, 4];
        for (int v = 0; v < 4; v++)
        {
            double total = Enumerable.Range(0, text.Length - 1).Count(i => text[i] == v);
            for (int w = 0; w < 4; w++)
            {
                double pairs = Enumerable.Range(0, text.Length - 1).Count(i => text[i] == v && text[i + 1] == w);
                bigram[v, w] = total > 0 ? pairs / total : unigram[w];
            }
        }

        int[] truth = [0, 1, 2, 0];
        for (int previous = 0; previous < 4; previous++)
        {
            double[] byUnigram = Enumerate(truth, (_, w) => unigram[w], previous);
            double[] byBigram = Enumerate(truth, (v, w) => bigram[v, w], previous);
            Assert.Equal(byUnigram, baseline.ScoreUnigram(truth), new Close());
            Assert.Equal(byBigram, baseline.ScoreBigram(previous, truth), new Close());
        }
    }

    private static BrierTotals Totals(int documents)
    {
        BrierTotals totals = new();
        RandomStream stream = new(3, 0, 0);
        for (int document = 0; document < documents; document++)
        {
            double level = 0.4 + 0.2 * stream.Uniform((ulong)document);
            totals.Add(document, [level, 0.8 * level, 0.5 * level, 0.3 * level]);
        }

        return totals;
    }

    /// <summary>2 P(y1..n) - sum over all x1..n of P^2.</summary>
    private static double[] Enumerate(int[] truth, Func<int, int, double> next, int previous)
    {
        double[] scores = new double[4];
        for (int n = 1; n <= 4; n++)
        {
            double sum = 0;
            for (int code = 0; code < Math.Pow(4, n); code++)
            {
                double p = 1;
                int before = previous;
                int rest = code;
                for (int i = 0; i < n; i++)
                {
                    p *= next(before, rest % 4);
                    before = rest % 4;
                    rest /= 4;
                }

                sum += p * p;
            }

            double hit = 1;
            int last = previous;
            foreach (int token in truth[..n])
            {
                hit *= next(last, token);
                last = token;
            }

            scores[n - 1] = 2 * hit - sum;
        }

        return scores;
    }

    private sealed class Close : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => Math.Abs(x - y) < 1e-12;

        public int GetHashCode(double obj) => 0;
    }
}
