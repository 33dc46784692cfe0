namespace Calm.Training;

/// <summary>Divergence and variance of each dimension of a latent, over patches.</summary>
/// <param name="dimensions">L.</param>
internal sealed class LatentMoments(int dimensions)
{
    private readonly double[] _kl = new double[dimensions];
    private readonly double[] _sum = new double[dimensions];
    private readonly double[] _squares = new double[dimensions];
    private long _patches;

    /// <summary>Mean divergence of each dimension from the standard normal distribution, in nats, [L].</summary>
    public double[] Kl => [.. _kl.Select(sum => sum / _patches)];

    /// <summary>Variance of each dimension's mean, [L].</summary>
    public double[] Variance =>
        [.. _sum.Zip(_squares, (sum, squares) => squares / _patches - sum / _patches * (sum / _patches))];

    /// <summary>Adds some patches.</summary>
    /// <param name="mean">[N, L].</param>
    /// <param name="logStd">[N, L].</param>
    public void Add(float[] mean, float[] logStd)
    {
        for (int i = 0; i < mean.Length; i++)
        {
            int dimension = i % dimensions;
            double square = mean[i] * (double)mean[i];
            _sum[dimension] += mean[i];
            _squares[dimension] += square;
            _kl[dimension] += 0.5 * (square + Math.Exp(2.0 * logStd[i]) - 1 - 2.0 * logStd[i]);
        }

        _patches += mean.Length / dimensions;
    }
}
