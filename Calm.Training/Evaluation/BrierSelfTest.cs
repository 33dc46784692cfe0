using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Tests the estimator on a model whose Brier scores are known: a Markov chain over three tokens predicts another one, so
/// that E[2 P(y) - sum over x of P(x)^2] is a sum over all sequences of four tokens. An estimate must lie within
/// <see cref="Limit"/> standard errors of it.
/// </summary>
internal static class BrierSelfTest
{
    /// <summary>
    /// Largest error in standard errors. All ten estimates of a correct estimator stay within it with probability 99.9 %.
    /// </summary>
    public const double Limit = 4;

    /// <summary>Rows that are drawn.</summary>
    public const int Rows = 100_000;

    private const int Tokens = BrierScore.MostTokens;
    private const int Vocabulary = 3;

    // The model and the source of truth: first token, then one row of each for the token before.
    private static readonly Chain Model = new([0.5, 0.3, 0.2], [[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.25, 0.25, 0.5]]);
    private static readonly Chain Source = new([0.4, 0.4, 0.2], [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4]]);

    /// <summary>Adds the scores of a row: <see cref="BrierScore.AddRow"/>, or a wrong estimator in tests.</summary>
    internal delegate void Estimator(ReadOnlySpan<int> draws, int stride, ReadOnlySpan<int> truth, Span<double> scores);

    /// <summary>A known score and its estimate.</summary>
    /// <param name="Name">Brier-1 to Brier-4, or BrierLM.</param>
    /// <param name="Draws">Draws of a row.</param>
    /// <param name="Expected">By the sum over all sequences.</param>
    /// <param name="Estimated">From draws.</param>
    /// <param name="StandardError">Of the estimate; BrierLM's by its derivative.</param>
    internal sealed record Line(string Name, int Draws, double Expected, double Estimated, double StandardError)
    {
        /// <summary>The error of the estimate in standard errors.</summary>
        public double Z => (Estimated - Expected) / StandardError;

        /// <summary>Whether it is within the limit.</summary>
        public bool Passed => Math.Abs(Z) <= Limit;
    }

    /// <summary>Runs the test with two draws, as published, and with eight.</summary>
    public static IReadOnlyList<Line> Run(Estimator? estimator = null) =>
        [.. Run(2, estimator ?? BrierScore.AddRow), .. Run(8, estimator ?? BrierScore.AddRow)];

    private static List<Line> Run(int draws, Estimator estimator)
    {
        double[] expected = Expected();
        double[][] rows = Estimate(draws, estimator);
        double[] mean = [.. Enumerable.Range(0, Tokens).Select(n => rows.Average(row => row[n]))];
        List<Line> lines = [];
        for (int n = 0; n < Tokens; n++)
        {
            int place = n;
            lines.Add(new Line($"Brier-{n + 1}", draws, expected[n], mean[n], Error(rows, row => row[place])));
        }

        // d BrierLM / d brier_n = BrierLM / (4 brier_n).
        double score = BrierScore.Combine(expected);
        double error = Error(rows, row => row.Select((value, n) => value * score / (Tokens * expected[n])).Sum());
        lines.Add(new Line("BrierLM", draws, score, BrierScore.Combine(mean), error));
        return lines;
    }

    private static double[][] Estimate(int draws, Estimator estimator)
    {
        RandomStream stream = RandomStreams.KnownModel(1, (uint)draws);
        int[] tokens = new int[(draws + 1) * Tokens];
        double[][] rows = new double[Rows][];
        for (int row = 0; row < Rows; row++)
        {
            ulong index = (ulong)row * (ulong)tokens.Length;
            for (int draw = 0; draw <= draws; draw++)
            {
                (draw < draws ? Model : Source).Draw(
                    stream, index + (ulong)(draw * Tokens), tokens.AsSpan(draw * Tokens, Tokens));
            }

            rows[row] = new double[Tokens];
            estimator(tokens.AsSpan(0, draws * Tokens), Tokens, tokens.AsSpan(draws * Tokens), rows[row]);
        }

        return rows;
    }

    /// <summary>sum over y of Source(y) 2 Model(y) - sum over x of Model(x)^2, for the first 1 to 4 tokens.</summary>
    private static double[] Expected()
    {
        double[] expected = new double[Tokens];
        for (int n = 1; n <= Tokens; n++)
        {
            int[] sequence = new int[n];
            for (int code = 0; code < (int)Math.Pow(Vocabulary, n); code++)
            {
                int rest = code;
                for (int i = 0; i < n; i++, rest /= Vocabulary)
                {
                    sequence[i] = rest % Vocabulary;
                }

                double p = Model.Probability(sequence);
                expected[n - 1] += p * (2 * Source.Probability(sequence) - p);
            }
        }

        return expected;
    }

    private static double Error(double[][] rows, Func<double[], double> value)
    {
        double mean = rows.Average(value);
        double variance = rows.Sum(row => Math.Pow(value(row) - mean, 2)) / (rows.Length - 1);
        return Math.Sqrt(variance / rows.Length);
    }

    /// <summary>A Markov chain.</summary>
    /// <param name="first">Probabilities of the first token.</param>
    /// <param name="next">Probabilities of the next token, a row for each token before it.</param>
    private sealed class Chain(double[] first, double[][] next)
    {
        public double Probability(ReadOnlySpan<int> sequence)
        {
            double p = first[sequence[0]];
            for (int i = 1; i < sequence.Length; i++)
            {
                p *= next[sequence[i - 1]][sequence[i]];
            }

            return p;
        }

        public void Draw(RandomStream stream, ulong index, Span<int> sequence)
        {
            double[] row = first;
            for (int i = 0; i < sequence.Length; i++)
            {
                double u = stream.Uniform(index + (ulong)i);
                int token = 0;
                for (; token < Vocabulary - 1 && u >= row[token]; token++)
                {
                    u -= row[token];
                }

                sequence[i] = token;
                row = next[token];
            }
        }
    }
}
