namespace Calm.Cli;

/// <summary>Draws the last rows of a series, the median of a forecast and the bands between its quantiles.</summary>
internal static class ForecastPicture
{
    private const int FewestRows = 48;

    /// <summary>Writes an SVG file with a panel for each column.</summary>
    /// <param name="path">The file.</param>
    /// <param name="history">The rows before the forecast.</param>
    /// <param name="clock">Their times; null if unknown.</param>
    /// <param name="forecast">The forecast.</param>
    public static void Write(string path, SeriesTable history, SeriesClock? clock, ForecastTable forecast) =>
        Plot.Write(path, [.. history.Columns.Select((name, column) => Panel(name, column, history, clock, forecast))]);

    private static Plot Panel(string name, int column, SeriesTable history, SeriesClock? clock, ForecastTable forecast)
    {
        int past = Math.Min(history.Rows, Math.Max(FewestRows, 2 * forecast.Rows));
        string across = clock is { Step: not null }
            ? $"rows after {clock.Text(clock.Last)}, one every {clock.StepText}"
            : "rows after the last";
        return new Plot($"Forecast of {name}", across, name, [.. Bands(), Line("median", 1, forecast.Rows, Median), Past()]);

        PlotSeries Past() => Line("history", 1 - past, past, place => history[history.Rows - 1 + place, column]);

        double Median(int place) => forecast.Median[(place - 1) * history.Columns.Length + column];

        // From the outermost pair of quantiles to the innermost.
        IEnumerable<PlotSeries> Bands() =>
            from low in Enumerable.Range(0, forecast.Percents.Length / 2)
            let high = forecast.Percents.Length - 1 - low
            select new PlotSeries(
                $"{forecast.Percents[low]:0.##} to {forecast.Percents[high]:0.##} %",
                [
                    .. Enumerable.Range(0, forecast.Rows).Select(row => new PlotPoint(
                        row + 1, new Estimate(Median(row + 1), forecast[low, row, column], forecast[high, row, column]), "")),
                ],
                Joined: false)
            { Mark = PlotMark.None, Band = true };
    }

    private static PlotSeries Line(string name, int first, int count, Func<int, double> value) =>
        new(name, [.. Enumerable.Range(first, count).Select(place => new PlotPoint(place, Estimate.Exact(value(place)), name))])
        {
            Mark = PlotMark.None,
        };
}
