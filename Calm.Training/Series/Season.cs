namespace Calm.Training;

/// <summary>Finds the season of a series by its autocorrelation.</summary>
internal static class Season
{
    /// <summary>The longest season that is looked for, in rows.</summary>
    public const int Longest = 2048;

    private const int MostRows = 50_000;
    private const double LeastCorrelation = 0.2;

    /// <summary>
    /// The lag with the largest autocorrelation, averaged over columns, among those behind the first at which it is no
    /// longer positive; 1 where it stays below 0.2, or there is no such lag.
    /// </summary>
    /// <param name="training">Rows that may be learnt from; the last 50 000 are looked at.</param>
    public static int Find(SeriesTable training)
    {
        SeriesTable recent = training.Slice(Math.Max(0, training.Rows - MostRows), Math.Min(MostRows, training.Rows));
        int lags = Math.Min(Longest, recent.Rows / 3);
        double[] mean = new double[lags + 1];
        for (int column = 0; column < recent.Columns.Length; column++)
        {
            double[] correlation = Autocorrelation(recent.Column(column), lags);
            for (int lag = 0; lag <= lags; lag++)
            {
                mean[lag] += correlation[lag] / recent.Columns.Length;
            }
        }

        int first = Array.FindIndex(mean, value => value <= 0);
        int best = 1;
        for (int lag = Math.Max(2, first); first >= 0 && lag <= lags; lag++)
        {
            best = mean[lag] >= LeastCorrelation && (best == 1 || mean[lag] > mean[best]) ? lag : best;
        }

        return best;
    }

    /// <summary>
    /// r[k] = sum over t of (x[t] - m)(x[t + k] - m) / sum over t of (x[t] - m)^2, m the mean; it falls with k as fewer
    /// terms remain, so that a season goes before its multiples.
    /// </summary>
    public static double[] Autocorrelation(double[] x, int lags)
    {
        double mean = x.Average();
        double[] centred = [.. x.Select(value => value - mean)];
        double variance = centred.Sum(value => value * value);
        double[] correlation = new double[lags + 1];
        for (int lag = 0; lag <= lags; lag++)
        {
            double sum = 0;
            for (int i = lag; i < centred.Length; i++)
            {
                sum += centred[i] * centred[i - lag];
            }

            correlation[lag] = variance > 0 ? sum / variance : 0;
        }

        return correlation;
    }
}
