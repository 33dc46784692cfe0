namespace Calm.Training;

/// <summary>
/// Repeats the rows of one season ago: y[t + h] = y[t + h - m ceil(h / m)]. With a season m of one row it is persistence,
/// the last row repeated. It gives a point forecast, or an ensemble: the point plus past errors of the training part.
/// </summary>
/// <param name="series">All rows.</param>
/// <param name="season">m, in rows.</param>
/// <param name="horizon">H, rows to forecast.</param>
internal sealed class NaiveForecast(SeriesTable series, int season, int horizon)
{
    private readonly int _width = series.Columns.Length;

    /// <summary>The point, [H, columns].</summary>
    /// <param name="origin">The first row to forecast; rows from here on are not read.</param>
    public double[] Point(int origin)
    {
        double[] point = new double[horizon * _width];
        for (int step = 0; step < horizon; step++)
        {
            series.Values(origin - season + step % season, 1).CopyTo(point.AsSpan(step * _width));
        }

        return point;
    }

    /// <summary>The point plus errors that the same forecast made at random moments of the training part.</summary>
    /// <param name="origin">The first row that is forecast.</param>
    /// <param name="members">Number of members.</param>
    /// <param name="trainRows">The training part: errors reach no further.</param>
    /// <param name="random">Numbers 0 to members - 1 choose the moments.</param>
    public double[][] Ensemble(int origin, int members, int trainRows, Calm.Runtime.RandomStream random)
    {
        double[] point = Point(origin);
        double[][] ensemble = new double[members][];
        for (int member = 0; member < members; member++)
        {
            int moments = trainRows - horizon - season + 1;
            int past = season + (int)(random.Uniform((ulong)member) * moments);
            double[] guessed = Point(past);
            ReadOnlySpan<double> came = series.Values(past, horizon);
            double[] values = new double[point.Length];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = point[i] + came[i] - guessed[i];
            }

            ensemble[member] = values;
        }

        return ensemble;
    }
}
