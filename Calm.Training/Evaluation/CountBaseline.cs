namespace Calm.Training;

/// <summary>
/// Unigram and bigram models from counts, scored exactly: Brier-n = 2 P(y1..yn) - sum over x of P(x1..xn)^2. A model that
/// has learnt longer contexts must beat them.
/// </summary>
internal sealed class CountBaseline
{
    private readonly double[] _unigram;
    private readonly Dictionary<int, double>[] _bigram;
    private readonly double[] _pairs;
    private readonly double _total;

    // Sum of P(x1..xn)^2 for n = 1..4; for bigrams given the token before.
    private readonly double[] _unigramCollision;
    private readonly double[][] _bigramCollision;

    /// <summary>Counts tokens and pairs of a training text.</summary>
    /// <param name="tokens">The text.</param>
    /// <param name="vocabulary">Number of ids.</param>
    public CountBaseline(IEnumerable<int> tokens, int vocabulary)
    {
        long[] counts = new long[vocabulary];
        Dictionary<int, double>[] pairs = new Dictionary<int, double>[vocabulary];
        int previous = -1;
        foreach (int token in tokens)
        {
            counts[token]++;
            if (previous >= 0)
            {
                pairs[previous] ??= [];
                pairs[previous][token] = pairs[previous].GetValueOrDefault(token) + 1;
            }

            previous = token;
        }

        _total = counts.Sum();
        _unigram = [.. counts.Select(count => count / _total)];
        _bigram = pairs;
        _pairs = new double[vocabulary];
        for (int from = 0; from < vocabulary; from++)
        {
            _pairs[from] = Normalise(pairs[from]);
        }

        double collision = _unigram.Sum(p => p * p);
        _unigramCollision = [.. Enumerable.Range(1, BrierScore.MostTokens).Select(n => Math.Pow(collision, n))];
        _bigramCollision = BigramCollisions(vocabulary);
    }

    /// <summary>The unigram's four scores for the tokens that came.</summary>
    public double[] ScoreUnigram(ReadOnlySpan<int> truth)
    {
        double[] scores = new double[BrierScore.MostTokens];
        double p = 1;
        for (int n = 0; n < scores.Length; n++)
        {
            p *= _unigram[truth[n]];
            scores[n] = 2 * p - _unigramCollision[n];
        }

        return scores;
    }

    /// <summary>The bigram's four scores for the tokens that came after <paramref name="previous"/>.</summary>
    public double[] ScoreBigram(int previous, ReadOnlySpan<int> truth)
    {
        double[] scores = new double[BrierScore.MostTokens];
        double p = 1;
        int before = previous;
        for (int n = 0; n < scores.Length; n++)
        {
            p *= Transition(before, truth[n]);
            before = truth[n];
            scores[n] = 2 * p - _bigramCollision[n][previous];
        }

        return scores;
    }

    /// <summary>
    /// Mean log-probability of tokens by bigrams that are mixed with unigrams, and these with a count of one for each id, so
    /// that nothing is impossible: the weight of the unigrams is the share of new pairs among all that began with a token.
    /// Source: Witten and Bell 1991, method C.
    /// </summary>
    /// <param name="previous">The token before.</param>
    /// <param name="tokens">At least one.</param>
    public double LogProbability(int previous, ReadOnlySpan<int> tokens)
    {
        double sum = 0;
        foreach (int token in tokens)
        {
            double single = (_unigram[token] * _total + 1) / (_total + _unigram.Length);
            double kinds = _bigram[previous]?.Count ?? 0;
            double seen = _pairs[previous] + kinds;
            double unseen = seen > 0 ? kinds / seen : 1;
            sum += Math.Log((1 - unseen) * Transition(previous, token) + unseen * single);
            previous = token;
        }

        return sum / tokens.Length;
    }

    /// <summary>Turns the counts of what follows a token into shares; returns their sum.</summary>
    private static double Normalise(Dictionary<int, double>? row)
    {
        double sum = row?.Values.Sum() ?? 0;
        foreach (int token in row?.Keys ?? Enumerable.Empty<int>())
        {
            row![token] /= sum;
        }

        return sum;
    }

    // A token that nothing followed in training predicts as the unigram does.
    private double Transition(int from, int to) =>
        _bigram[from] is { } row ? row.GetValueOrDefault(to) : _unigram[to];

    /// <summary>collision[n][v] = sum over w of p(w | v)^2 collision[n - 1][w].</summary>
    private double[][] BigramCollisions(int vocabulary)
    {
        double[][] collisions = new double[BrierScore.MostTokens][];
        double[] shorter = [.. Enumerable.Repeat(1.0, vocabulary)];
        for (int n = 0; n < collisions.Length; n++)
        {
            double asUnigram = 0;
            for (int w = 0; w < vocabulary; w++)
            {
                asUnigram += _unigram[w] * _unigram[w] * shorter[w];
            }

            double[] longer = new double[vocabulary];
            for (int v = 0; v < vocabulary; v++)
            {
                longer[v] = _bigram[v] is { } row ? row.Sum(next => next.Value * next.Value * shorter[next.Key]) : asUnigram;
            }

            collisions[n] = longer;
            shorter = longer;
        }

        return collisions;
    }
}
