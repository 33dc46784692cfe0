using System.Numerics;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>A mean over independent draws.</summary>
/// <param name="Value">The mean.</param>
/// <param name="Variance">Its variance.</param>
internal readonly record struct DrawMean(double Value, double Variance)
{
    /// <summary>The sum of two means over different draws.</summary>
    public static DrawMean operator +(DrawMean one, DrawMean other) =>
        new(one.Value + other.Value, one.Variance + other.Variance);

    /// <summary>A part of it, with its interval.</summary>
    public Estimate Over(int units) => Estimate.Normal(Value / units, Variance / units / units);
}

/// <summary>
/// Draws of one patch, and how well they foretell a patch of the text. Draws are independent of each other, so each score has a
/// variance over them.
/// </summary>
internal sealed class PatchDraws
{
    private readonly float[] _latents;
    private readonly int[] _tokens;
    private readonly int _count;
    private readonly int _size;
    private readonly int _patchSize;
    private readonly double _exponent;
    private readonly double[] _toOthers;

    /// <summary>Draws, and the distances between them.</summary>
    /// <param name="latents">x, [S, L].</param>
    /// <param name="tokens">The same decoded, [S, K].</param>
    /// <param name="count">S, at least 2.</param>
    /// <param name="exponent">beta.</param>
    public PatchDraws(float[] latents, int[] tokens, int count, double exponent)
    {
        (_latents, _tokens, _count, _exponent) = (latents, tokens, count, exponent);
        (_size, _patchSize) = (latents.Length / count, tokens.Length / count);
        _toOthers = new double[count];
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                double distance = Distance(Latent(i), Latent(j)) / (count - 1);
                _toOthers[i] += distance;
                _toOthers[j] += distance;
            }
        }
    }

    /// <summary>
    /// Energy score of latents y, mean_(s, n) |x_s - y_n|^beta - 1/2 mean_(s, t) |x_s - x_t|^beta over pairs of two draws, and
    /// its variance. But for terms that vanish faster, draw s adds mean_n |x_s - y_n|^beta - mean_t |x_s - x_t|^beta to S times
    /// the score, and latent n adds mean_s |x_s - y_n|^beta to N times it.
    /// Source: Hoeffding 1948, "A class of statistics with asymptotically normal distribution".
    /// </summary>
    /// <param name="targets">y, [N, L], independent draws of the text's latent, at least 2.</param>
    /// <exception cref="CalmException">A draw is not finite.</exception>
    public DrawMean Energy(ReadOnlySpan<float> targets)
    {
        int targetCount = targets.Length / _size;
        double[] ofDraws = new double[_count];
        double[] ofTargets = new double[targetCount];
        for (int draw = 0; draw < _count; draw++)
        {
            for (int target = 0; target < targetCount; target++)
            {
                double distance = Distance(Latent(draw), targets.Slice(target * _size, _size));
                ofDraws[draw] += distance / targetCount;
                ofTargets[target] += distance / _count;
            }

            ofDraws[draw] -= _toOthers[draw];
        }

        double score = ofTargets.Average() - _toOthers.Average() / 2;
        return double.IsFinite(score)
            ? new DrawMean(score, MeanOf(ofDraws).Variance + MeanOf(ofTargets).Variance)
            : throw new CalmException("scoring: the model's draws are not finite numbers; its training has diverged.");
    }

    /// <summary>
    /// Mean number of a patch's tokens that draws have right, up to the first wrong one, and its variance. Tokens of the prompt
    /// do not count, but a draw that has them wrong has nothing right.
    /// </summary>
    /// <param name="patch">The patch, or its beginning.</param>
    /// <param name="begun">Number of tokens of the prompt.</param>
    public DrawMean Agreement(ReadOnlySpan<int> patch, int begun)
    {
        double[] right = new double[_count];
        for (int draw = 0; draw < _count; draw++)
        {
            ReadOnlySpan<int> drawn = _tokens.AsSpan(draw * _patchSize, patch.Length);
            right[draw] = Math.Max(0, drawn.CommonPrefixLength(patch) - begun);
        }

        return MeanOf(right);
    }

    private static DrawMean MeanOf(double[] values)
    {
        double mean = values.Average();
        double squares = values.Sum(value => (value - mean) * (value - mean));
        return new DrawMean(mean, squares / (values.Length - 1) / values.Length);
    }

    private ReadOnlySpan<float> Latent(int draw) => _latents.AsSpan(draw * _size, _size);

    private double Distance(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        Vector<double> squares = Vector<double>.Zero;
        int i = 0;
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(x[i..]), out Vector<double> lowX, out Vector<double> highX);
            Vector.Widen(new Vector<float>(y[i..]), out Vector<double> lowY, out Vector<double> highY);
            squares += (lowX - lowY) * (lowX - lowY) + (highX - highY) * (highX - highY);
        }

        double square = Vector.Sum(squares);
        for (; i < x.Length; i++)
        {
            double difference = (double)x[i] - y[i];
            square += difference * difference;
        }

        return _exponent == 1 ? Math.Sqrt(square) : Math.Pow(square, _exponent / 2);
    }
}
