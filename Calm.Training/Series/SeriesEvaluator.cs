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
internal sealed class SeriesEvaluator
{
    private const double Huge = 1e100;
    private const int MostDoublings = 1000;

    private readonly SeriesTable _original;
    private readonly SeriesTable _series;
    private readonly int _trainRows;
    private readonly SeriesMeasure _measure;
    private readonly double[] _factors;

    /// <summary>Prepares an evaluation.</summary>
    /// <param name="series">All rows.</param>
    /// <param name="trainRows">Rows of the training part.</param>
    /// <param name="measure">The settings.</param>
    public SeriesEvaluator(SeriesTable series, int trainRows, SeriesMeasure measure)
    {
        (_original, _trainRows, _measure) = (series, trainRows, measure);
        _factors = [.. Enumerable.Range(0, series.Columns.Length).Select(column => Factor(series.Column(column)))];
        _series = series.Times(_factors);
    }

    /// <summary>Name of the model in results.</summary>
    public const string ModelName = "calm";

    /// <summary>First rows of the forecasts: consecutive windows of the held-out part, thinned out evenly.</summary>
    /// <exception cref="SettingException">No window fits, or the training part is too short.</exception>
    public int[] Origins()
    {
        int all = (_series.Rows - _trainRows) / _measure.Horizon;
        if (all < 1 || _trainRows < _measure.Horizon + 2)
        {
            throw new SettingException(
                $"horizon is {_measure.Horizon}, but {_series.Rows - _trainRows} rows are held out and {_trainRows} to learn "
                + "from; choose a shorter horizon.");
        }

        int count = _measure.MostWindows > 0 ? Math.Min(all, _measure.MostWindows) : all;
        return [.. Enumerable.Range(0, count).Select(i => _trainRows + (int)((long)i * all / count) * _measure.Horizon)];
    }

    /// <summary>Scores a model's forecasts and the naive ones.</summary>
    /// <param name="forecast">Draws forecasts of histories.</param>
    public SeriesResult Measure(Func<IReadOnlyList<SeriesTable>, SeriesForecast> forecast)
    {
        int[] origins = Origins();
        int season = RequireSeason(_measure.Season ?? Season.Find(_series.Slice(0, _trainRows)));
        double[] unit = Unit();
        SeriesForecast drawn = forecast([.. origins.Select(origin => _original.Slice(0, origin))]);
        NaiveForecast persistence = new(_series, 1, _measure.Horizon);
        NaiveForecast seasonal = new(_series, season, _measure.Horizon);
        (string Name, Func<int, IReadOnlyList<double[]>> Members)[] ways =
        [
            (ModelName, window => [.. drawn.Members[window].Select(values => SeriesTable.Times(values, _factors))]),
            ("persistence", window => [persistence.Point(origins[window])]),
            ("persistence with past errors", window => Ensemble(persistence, origins, window)),
            ("seasonal-naive", window => [seasonal.Point(origins[window])]),
            ("seasonal-naive with past errors", window => Ensemble(seasonal, origins, window)),
        ];
        double[][] scores = [.. ways.Select(way => Enumerable.Range(0, origins.Length).Select(
            window => ForecastScore.Energy(
                way.Members(window), _series.Values(origins[window], _measure.Horizon).ToArray(), unit)).ToArray())];
        return new SeriesResult(
            _measure.Horizon, origins.Length, _measure.Members, season, drawn.MalformedRows, _series.Columns,
            [.. unit.Zip(_factors, (deviation, factor) => deviation / factor)],
            [.. ways.Select((way, i) => Summarise(way.Name, scores[i], scores[0]))]);
    }

    /// <summary>The power of two that makes huge or tiny values, whose squares are no numbers, ordinary; 1 for others.</summary>
    private static double Factor(double[] values)
    {
        double largest = values.Max(Math.Abs);
        return largest is 0 or (<= Huge and >= 1 / Huge)
            ? 1
            : Math.ScaleB(1, Math.Clamp(-Math.ILogB(largest), -MostDoublings, MostDoublings));
    }

    private int RequireSeason(int season) =>
        season >= 1 && season + _measure.Horizon < _trainRows
            ? season
            : throw new SettingException(
                $"season is {season}, expected at least 1, and with the horizon less than the {_trainRows} rows learnt from.");

    private double[][] Ensemble(NaiveForecast naive, int[] origins, int window) =>
        naive.Ensemble(
            origins[window], _measure.Members, _trainRows, RandomStreams.ForecastResidual(_measure.Seed, (uint)window));

    /// <summary>Standard deviation of each column in the training part; 1 for a constant column.</summary>
    private double[] Unit() =>
        [.. Enumerable.Range(0, _series.Columns.Length).Select(column =>
        {
            double[] values = _series.Column(column)[.._trainRows];
            double mean = values.Average();
            double deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
            return deviation > 0 ? deviation : 1;
        })];

    private ForecasterScore Summarise(string name, double[] scores, double[] model)
    {
        Estimate[] means = Bootstrap.Estimates(
            scores.Length, RandomStreams.Bootstrap(_measure.Seed, 5),
            drawn => [drawn.Average(i => scores[i]), drawn.Average(i => model[i] - scores[i])]);
        return new ForecasterScore(name, means[0].Value, Ends(means[0]), means[1].Value, Ends(means[1]));

        // A single window has no interval but its own value.
        static double[] Ends(Estimate mean) => mean.HasInterval ? [mean.Low, mean.High] : [mean.Value, mean.Value];
    }
}
