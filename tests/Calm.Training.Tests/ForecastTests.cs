using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>The energy score, naive forecasts, the season and what an evaluation makes of them.</summary>
public sealed class ForecastTests
{
    private static readonly RandomStream Random = new(11, 0, 0);

    [Fact]
    public void The_energy_score_is_its_definition()
    {
        double[][] members = [[1, 10], [2, 30], [5, 20]];
        double[] truth = [4, 40];
        double[] scale = [1, 10];
        double toTruth = (Norm(3, 3) + Norm(2, 1) + Norm(1, 2)) / 3;
        double between = (Norm(1, 2) + Norm(4, 1) + Norm(3, 1)) / 3;
        Assert.Equal(toTruth - 0.5 * between, ForecastScore.Energy(members, truth, scale), 12);

        static double Norm(double a, double b) => Math.Sqrt((a * a + b * b) / 2);
    }

    [Fact]
    public void Of_a_point_it_is_the_distance() =>
        Assert.Equal(Math.Sqrt((9 + 16) / 2.0), ForecastScore.Energy([[1, 2]], [4, 6], [1]), 12);

    [Fact]
    public void Of_a_normal_number_it_is_the_known_closed_form()
    {
        // For N(0, 1) and y: y (2 Phi(y) - 1) + 2 phi(y) - 1 / sqrt(pi); at 0 that is (sqrt(2) - 1) / sqrt(pi).
        double[][] members = [.. Enumerable.Range(0, 4000).Select(i => new[] { (double)Random.Normal((ulong)i) })];
        Assert.Equal((Math.Sqrt(2) - 1) / Math.Sqrt(Math.PI), ForecastScore.Energy(members, [0], [1]), 0.01);
    }

    [Fact]
    public void Neither_a_shift_nor_a_wrong_spread_goes_unpunished()
    {
        double honest = MeanScore(shift: 0, spread: 1);
        Assert.True(MeanScore(shift: 0.5, spread: 1) > honest + 0.02);
        Assert.True(MeanScore(shift: 0, spread: 2) > honest + 0.02);
        Assert.True(MeanScore(shift: 0, spread: 0) > honest + 0.02);

        static double MeanScore(double shift, double spread) => Enumerable.Range(0, 300).Average(window =>
        {
            double[] truth = Draw(window, 0);
            double[][] members =
                [.. Enumerable.Range(1, 20).Select(i => Draw(window, i).Select(x => shift + spread * x).ToArray())];
            return ForecastScore.Energy(members, truth, [1]);
        });

        static double[] Draw(int window, int member) =>
            [.. Enumerable.Range(0, 4).Select(i => (double)Random.Normal((ulong)((window * 21 + member) * 4 + i)))];
    }

    [Fact]
    public void On_a_pure_sine_the_season_is_found_and_its_forecast_is_exact()
    {
        SeriesTable sine = Sine(600, 24);
        Assert.Equal(24, Season.Find(sine));
        NaiveForecast seasonal = new(sine, 24, 30);
        NaiveForecast persistence = new(sine, 1, 30);
        double[] truth = sine.Values(500, 30).ToArray();
        Assert.Equal(0, ForecastScore.Energy([seasonal.Point(500)], truth, [1]), 9);
        Assert.All(persistence.Point(500), value => Assert.Equal(sine[499, 0], value));
        Assert.True(ForecastScore.Energy([persistence.Point(500)], truth, [1]) > 0.3);
        Assert.All(seasonal.Ensemble(500, 5, 480, Random), member => Assert.Equal(0, ForecastScore.Distance(member, truth, [1]), 9));
    }

    [Fact]
    public void Noise_has_no_season() =>
        Assert.Equal(1, Season.Find(new SeriesTable(["x"], [.. Enumerable.Range(0, 3000).Select(i => (double)Random.Normal((ulong)i))])));

    [Fact]
    public void A_naive_forecast_looks_at_nothing_that_is_to_come()
    {
        double[] values = [.. Enumerable.Range(0, 100).Select(i => (double)Random.Normal((ulong)i))];
        SeriesTable series = new(["x"], values);
        SeriesTable changed = new(["x"], [.. values[..60], .. new double[40]]);
        foreach (int season in new[] { 1, 7 })
        {
            NaiveForecast before = new(series, season, 10);
            NaiveForecast after = new(changed, season, 10);
            Assert.Equal(before.Point(60), after.Point(60));
            Assert.Equal(before.Ensemble(60, 8, 60, Random), after.Ensemble(60, 8, 60, Random));
        }
    }

    [Fact]
    public void The_autocorrelation_is_its_definition()
    {
        double[] x = [1, 2, 4, 1];
        double[] r = Season.Autocorrelation(x, 2);
        Assert.Equal([1, ((-1 * 0) + (0 * 2) + (2 * -1)) / 6.0, ((-1 * 2) + (0 * -1)) / 6.0], r);
    }

    [Fact]
    public void An_evaluation_hands_out_the_past_alone_and_tells_a_good_forecast_from_a_planted_error()
    {
        SeriesTable sine = Sine(700, 24);
        SeriesEvaluator evaluator = new(sine, 600, new SeriesMeasure(10, 4, null, 8));
        Assert.Equal(8, evaluator.Origins().Length);
        Assert.All(evaluator.Origins(), origin => Assert.InRange(origin, 600, 690));
        SeriesResult perfect = evaluator.Measure(histories => Forecast(histories, 0));
        SeriesResult planted = evaluator.Measure(histories => Forecast(histories, 0.5));
        Assert.Equal(24, perfect.Season);
        Assert.Equal(0, perfect.Scores[0].EnergyScore, 9);
        Assert.Equal(0.5 / perfect.Unit[0], planted.Scores[0].EnergyScore, 9);
        ForecasterScore persistence = planted.Scores.Single(score => score.Name == "persistence");
        Assert.Equal(planted.Scores[0].EnergyScore - persistence.EnergyScore, persistence.CalmMinus, 9);
        Assert.InRange(persistence.EnergyScore, persistence.Interval[0], persistence.Interval[1]);
        Assert.True(perfect.Scores.Single(score => score.Name == "persistence").CalmMinusInterval[1] < 0);

        SeriesForecast Forecast(IReadOnlyList<SeriesTable> histories, double error) => new(
            [.. histories.Select(history => Enumerable.Repeat(
                sine.Values(history.Rows, 10).ToArray().Select(value => value + error).ToArray(), 4).ToArray())],
            0);
    }

    [Fact]
    public void Horizons_and_seasons_that_do_not_fit_are_usage_errors()
    {
        SeriesTable sine = Sine(100, 10);
        Assert.Throws<SettingException>(() => new SeriesEvaluator(sine, 90, new SeriesMeasure(11, 4, 10, 0)).Origins());
        Assert.Throws<SettingException>(() => new SeriesEvaluator(sine, 90, new SeriesMeasure(5, 4, 90, 0)).Measure(_ => null!));
    }

    private static SeriesTable Sine(int rows, int period) =>
        new(["x"], [.. Enumerable.Range(0, rows).Select(i => 5 + Math.Sin(2 * Math.PI * (i % period) / period))]);
}
