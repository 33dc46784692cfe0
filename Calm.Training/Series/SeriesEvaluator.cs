using Calm.Runtime;

namespace Calm.Training;

/// <summary>The energy score of one forecaster.</summary>
/// <param name="Name">Its name.</param>
/// <param name="EnergyScore">Mean over windows, in standard deviations.</param>
/// <param name="Interval">95 % percentile interval over resampled windows.</param>
/// <param name="CalmMinus">The model's score minus this one, paired by window. Negative if the model is better.</param>
/// <param name="CalmMinusInterval">Its interval.</param>
internal sealed record ForecasterScore(
    string Name, double EnergyScore, double[] Interval, double CalmMinus, double[] CalmMinusInterval);

/// <summary>Forecasts of a model against naive ones, on held-out rows.</summary>
/// <param name="Horizon">Rows forecast.</param>
/// <param name="Windows">Number of forecasts.</param>
/// <param name="Members">Draws of each forecast.</param>
/// <param name="Season">Rows of a season; 1 for none.</param>
/// <param name="MalformedRows">Rows that the model wrote wrongly. Each is replaced by the row before it.</param>
/// <param name="Columns">Names.</param>
/// <param name="Unit">Standard deviation of each column in the training part: the unit of scores.</param>
/// <param name="Scores">The model first.</param>
internal sealed record SeriesResult(
    int Horizon, int Windows, int Members, int Season, int MalformedRows, string[] Columns, double[] Unit,
    ForecasterScore[] Scores);

/// <summary>Settings for the evaluation of forecasts.</summary>
/// <param name="Horizon">H, rows to forecast.</param>
/// <param name="Members">S, draws of each forecast.</param>
/// <param name="Season">Rows of a season; null to find it.</param>
/// <param name="MostWindows">Maximum number of forecasts, at equal distances; 0 for all that do not overlap.</param>
/// <param name="Seed">Seed of draws.</param>
internal sealed record SeriesMeasure(int Horizon, int Members, int? Season, int MostWindows, ulong Seed = 99);

/// <summary>Scores forecasts of held-out rows, and naive forecasts, by the energy score.</summary>
internal sealed class SeriesEvaluator(SeriesTable series, int trainRows, SeriesMeasure measure)
{
    /// <summary>Name of the model in results.</summary>
    public const string ModelName = "calm";

    /// <summary>First rows of the forecasts: consecutive windows of the held-out part, thinned out evenly.</summary>
    /// <exception cref="SettingException">No window fits, or the training part is too short.</exception>
    public int[] Origins()
    {
        int all = (series.Rows - trainRows) / measure.Horizon;
        if (all < 1 || trainRows < measure.Horizon + 2)
        {
            throw new SettingException(
                $"horizon is {measure.Horizon}, but {series.Rows - trainRows} rows are held out and {trainRows} to learn from; "
                + "choose a shorter horizon.");
        }

        int count = measure.MostWindows > 0 ? Math.Min(all, measure.MostWindows) : all;
        return [.. Enumerable.Range(0, count).Select(i => trainRows + (int)((long)i * all / count) * measure.Horizon)];
    }

    /// <summary>Scores a model's forecasts and the naive ones.</summary>
    /// <param name="forecast">Draws forecasts of histories.</param>
    public SeriesResult Measure(Func<IReadOnlyList<SeriesTable>, SeriesForecast> forecast)
    {
        int[] origins = Origins();
        int season = RequireSeason(measure.Season ?? Season.Find(series.Slice(0, trainRows)));
        double[] unit = Unit();
        SeriesForecast drawn = forecast([.. origins.Select(origin => series.Slice(0, origin))]);
        NaiveForecast persistence = new(series, 1, measure.Horizon);
        NaiveForecast seasonal = new(series, season, measure.Horizon);
        (string Name, Func<int, IReadOnlyList<double[]>> Members)[] ways =
        [
            (ModelName, window => drawn.Members[window]),
            ("persistence", window => [persistence.Point(origins[window])]),
            ("persistence with past errors", window => Ensemble(persistence, origins, window)),
            ("seasonal-naive", window => [seasonal.Point(origins[window])]),
            ("seasonal-naive with past errors", window => Ensemble(seasonal, origins, window)),
        ];
        double[][] scores = [.. ways.Select(way => Enumerable.Range(0, origins.Length).Select(
            window => ForecastScore.Energy(
                way.Members(window), series.Values(origins[window], measure.Horizon).ToArray(), unit)).ToArray())];
        return new SeriesResult(
            measure.Horizon, origins.Length, measure.Members, season, drawn.MalformedRows, series.Columns, unit,
            [.. ways.Select((way, i) => Summarise(way.Name, scores[i], scores[0]))]);
    }

    private int RequireSeason(int season) =>
        season >= 1 && season + measure.Horizon < trainRows
            ? season
            : throw new SettingException(
                $"season is {season}, expected at least 1, and with the horizon less than the {trainRows} rows learnt from.");

    private double[][] Ensemble(NaiveForecast naive, int[] origins, int window) =>
        naive.Ensemble(
            origins[window], measure.Members, trainRows, RandomStreams.ForecastResidual(measure.Seed, (uint)window));

    /// <summary>Standard deviation of each column in the training part; 1 for a constant column.</summary>
    private double[] Unit() =>
        [.. Enumerable.Range(0, series.Columns.Length).Select(column =>
        {
            double[] values = series.Column(column)[..trainRows];
            double mean = values.Average();
            double deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
            return deviation > 0 ? deviation : 1;
        })];

    private ForecasterScore Summarise(string name, double[] scores, double[] model)
    {
        Estimate[] means = Bootstrap.Estimates(
            scores.Length, RandomStreams.Bootstrap(measure.Seed, 5),
            drawn => [drawn.Average(i => scores[i]), drawn.Average(i => model[i] - scores[i])]);
        return new ForecasterScore(name, means[0].Value, Ends(means[0]), means[1].Value, Ends(means[1]));

        // A single window has no interval but its own value.
        static double[] Ends(Estimate mean) => mean.HasInterval ? [mean.Low, mean.High] : [mean.Value, mean.Value];
    }
}
