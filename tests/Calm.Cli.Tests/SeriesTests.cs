using System.Globalization;
using System.Text.Json;
using Calm.Runtime;

namespace Calm.Cli.Tests;

/// <summary>A series from the CSV file to rows of its own, by the command line.</summary>
public sealed class SeriesTests
{
    [Fact]
    public void The_example_is_the_same_for_a_seed_and_another_for_another()
    {
        SeriesTable one = ExampleSeries.Make(500, 1);
        Assert.Equal(one.Values(0, 500).ToArray(), ExampleSeries.Make(500, 1).Values(0, 500).ToArray());
        Assert.Equal(one.Values(0, 100).ToArray(), ExampleSeries.Make(100, 1).Values(0, 100).ToArray());
        Assert.NotEqual(one.Values(0, 500).ToArray(), ExampleSeries.Make(500, 2).Values(0, 500).ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_held_out_is_later_than_all_that_is_learnt_from(bool difference)
    {
        using TemporaryFolder folder = new();
        SeriesTable table = new(["x"], [.. Enumerable.Range(0, 200).Select(i => 0.5 * i * i)]);
        SeriesPlan plan = new(SeriesKind.Levels, 1000, LevelRule.Uniform, difference, 1, 0.1);
        using (Corpus corpus = SeriesCorpus.Build(folder["data"], new SeriesReading(table), plan, null, 4))
        {
            // The levels were fitted to the training part alone.
            LevelColumn column = Assert.IsType<LevelsTokenizer>(corpus.Tokenizer).Columns[0];
            Assert.InRange(column.Edges[^1], 0, difference ? 180 : 0.5 * 180 * 180);
            int clipped = ((ITokenizer)corpus.Tokenizer).EndOfText - 2;
            int[] heldOut = [.. corpus.HeldOut.All()];
            Assert.Equal(20, heldOut.Count(id => id == clipped));
            Assert.Equal(corpus.Tokenizer.EndOfText, heldOut[20]);
            Assert.Equal(4, corpus.Train.Documents);
            Assert.Equal(4 * (difference ? 179 : 180) - 6, corpus.Train.All().Count(id => id < corpus.Tokenizer.Begin));
        }

        SeriesInfo info = SeriesInfo.Find(folder["data"])!;
        Assert.Equal((180, difference, SeriesKind.Levels), (info.TrainRows, info.Difference, info.Kind));
        Assert.Equal(table.Values(0, 200).ToArray(), info.LoadTable(folder["data"]).Values(0, 200).ToArray());
    }

    [Fact]
    public void Training_has_every_phase_of_rows_in_a_patch()
    {
        using TemporaryFolder folder = new();
        SeriesTable table = new(["a", "b"], [.. Enumerable.Range(0, 400).Select(i => (double)i)]);
        SeriesPlan plan = new(SeriesKind.Levels, 64, LevelRule.Quantile, false, 1, 0.1);
        using Corpus corpus = SeriesCorpus.Build(folder["data"], new SeriesReading(table), plan, null, 8);
        Assert.Equal(4, corpus.Train.Documents);
        int[] first = Ids(corpus.Train, 0);
        Assert.Equal(first[6..100], Ids(corpus.Train, 3)[..94]);
        Assert.Contains(
            "multiple of 3",
            Assert.Throws<SettingException>(() => SeriesCorpus.RowsPerPatch(3, 8)).Message, StringComparison.Ordinal);
        Assert.Equal((4, 1, 1), (SeriesCorpus.RowsPerPatch(2, 8), SeriesCorpus.RowsPerPatch(8, 4), SeriesCorpus.RowsPerPatch(8, 8)));
    }

    [Theory]
    [InlineData("--levels", "16")]
    [InlineData("--levels", "16", "--difference", "--bins", "quantile")]
    [InlineData("--series", "text", "--decimals", "0")]
    public void A_series_is_trained_judged_and_continued(params string[] how)
    {
        using TinyRun run = new();
        string csv = Example(run);
        TinyRun.Succeeds(["train", "autoencoder", "--data", csv, "--time", "hour", "--run", run["ae"], "--steps", "20",
            "--held-out", "0.1", .. how, .. TinyRun.Settings]);
        File.Delete(csv); // a run is complete by itself
        TinyRun.Succeeds(run.TrainCalm("calm", "--steps", "20"));
        JsonElement forecast = Evaluate(run["calm"]);
        Assert.Equal((6, 5, 3), (Int("horizon"), Int("windows"), Int("members")));
        Assert.Equal("calm", forecast.GetProperty("scores")[0].GetProperty("name").GetString());
        Assert.All(forecast.GetProperty("scores").EnumerateArray(), score => Assert.True(score.GetProperty("energyScore").GetDouble() > 0));
        Assert.Equal(forecast.ToString(), Evaluate(run["calm"]).ToString());

        string[] lines = TinyRun.Succeeds("generate", run["calm"], "--rows", "40", "--device", "host").TrimEnd('\n').Split('\n');
        Assert.Equal("hour,load,temperature", lines[0]);
        Assert.Equal(41, lines.Length);
        Assert.All(lines[1..], line => Assert.Equal(
            3, line.Split(',').Count(field => double.TryParse(field, CultureInfo.InvariantCulture, out _))));

        int Int(string name) => forecast.GetProperty(name).GetInt32();
    }

    [Fact]
    public void Another_file_is_continued_and_learnt_with_the_levels_of_the_first()
    {
        using TinyRun run = new();
        TinyRun.Succeeds(["train", "autoencoder", "--data", Example(run), "--columns", "temperature", "--run", run["ae"],
            "--steps", "5", .. TinyRun.Settings]);
        string other = run["other.csv"];
        TinyRun.Succeeds("example", "series", "--rows", "900", "--seed", "2", "--out", other);
        TinyRun.Succeeds(run.TrainCalm("calm", "--data", other, "--steps", "5"));
        Assert.Equal(
            File.ReadAllText(Path.Combine(run["ae"], "data", "tokenizer.json")),
            File.ReadAllText(Path.Combine(run["calm"], "data", "tokenizer.json")));
        string own = TinyRun.Succeeds("generate", run["calm"], "--rows", "5", "--device", "host", "--json");
        string same = TinyRun.Succeeds("generate", run["calm"], "--rows", "5", "--device", "host", "--json", "--prompt-file", other);
        Assert.Equal(Text(own), Text(same));
        Assert.Contains(
            "trained on a series", TinyRun.Fails(2, run.TrainCalm("text", "--data", run.TextFile)), StringComparison.Ordinal);
        Assert.Contains(
            "no such column",
            TinyRun.Fails(2, "generate", run["calm"], "--prompt-file", Other(run), "--device", "host"), StringComparison.Ordinal);

        static string Text(string json) => JsonDocument.Parse(json).RootElement.GetProperty("text").GetString()!;
    }

    [Fact]
    public void A_model_of_text_learns_no_series()
    {
        using TinyRun run = new();
        run.TrainAutoencoder(steps: 2);
        Assert.Contains(
            "trained on text", TinyRun.Fails(2, run.TrainCalm("calm", "--data", Example(run))), StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_done_is_one_line()
    {
        using TinyRun run = new();
        string csv = Example(run);
        Assert.Contains("no such column", Train(csv, 2, "--columns", "lode"), StringComparison.Ordinal);
        Assert.Contains("patches of 4", Train(csv, 2, "--columns", "load,hour,temperature", "--patch-size", "4"), StringComparison.Ordinal);
        Assert.Contains("--held-out 1", Train(csv, 2, "--held-out", "1"), StringComparison.Ordinal);
        Assert.Contains("--levels 1", Train(csv, 2, "--levels", "1"), StringComparison.Ordinal);
        Assert.Contains("--tokenizer: levels", Train(csv, 2, "--tokenizer", "bpe"), StringComparison.Ordinal);
        Assert.Contains("must be alone", Train(csv, 2, run.TextFile), StringComparison.Ordinal);
        Assert.Contains("line 2, column x", Train(Other(run), 1), StringComparison.Ordinal);
        Assert.False(Directory.Exists(run["bad"]) && Directory.EnumerateFileSystemEntries(run["bad"]).Any());

        string Train(string file, int code, params string[] more) => TinyRun.Fails(
            code, ["train", "autoencoder", "--run", run["bad"], .. TinyRun.Settings, "--data", file, .. more]);
    }

    [Fact]
    public void A_forecast_does_not_depend_on_its_batch()
    {
        using TinyRun run = new();
        TinyRun.Succeeds(["train", "autoencoder", "--data", Example(run), "--time", "hour", "--run", run["ae"],
            "--steps", "150", .. TinyRun.Settings]);
        TinyRun.Succeeds(run.TrainCalm("calm", "--steps", "30"));
        using Device device = DeviceList.Open("host", 0);
        using TrainedModel trained = TrainedModel.Open(run["calm"], device);
        SeriesInfo info = SeriesInfo.Find(trained.Corpus.Folder)!;
        SeriesTable table = info.LoadTable(trained.Corpus.Folder);
        SeriesForecaster forecaster = new(trained, info, device);
        SeriesTable early = table.Slice(0, 500);
        ForecastRequest request = new(9, 3);
        SeriesForecast together = forecaster.Draw([early, table], request);
        Assert.Equal(forecaster.Draw([early], request).Members[0], together.Members[0]);
        Assert.NotEqual(together.Members[0][0], together.Members[0][1]);

        // A context is filled several times over.
        Assert.Equal(100 * 2, forecaster.Draw([early], new ForecastRequest(100, 1)).Members[0][0].Length);
        Assert.Throws<CalmException>(() => forecaster.Draw([table.Slice(0, 1)], request));
    }

    [Fact]
    public void A_gap_is_refused_or_filled_and_the_run_keeps_the_choice()
    {
        using TinyRun run = new();
        string csv = Dated(run, "sensor.csv", 500, missing: 7);
        string[] train = ["train", "autoencoder", "--data", csv, "--run", run["ae"], "--steps", "5", .. TinyRun.Settings];
        string refusal = TinyRun.Fails(1, train);
        Assert.Contains("7 of 500 rows are missing (1.4 %) at the step of 1 h in column time, the first before", refusal, StringComparison.Ordinal);
        Assert.Contains("--fill previous, --fill linear or --fill drop", refusal, StringComparison.Ordinal);
        TinyRun.Succeeds([.. train, "--fill", "linear"]);
        TinyRun.Succeeds(run.TrainCalm("calm", "--steps", "5"));

        // The other file has gaps too, and the run says what stands for them.
        string other = Dated(run, "other.csv", 300, missing: 3);
        TinyRun.Succeeds(run.TrainCalm("later", "--data", other, "--steps", "5"));
        Assert.Equal(GapFill.Linear, SeriesInfo.Find(Path.Combine(run["later"], "data"))!.Fill);
        string[] continued = Generate("--prompt-file", other).Split('\n');
        Assert.Equal("time,load", continued[0]);
        Assert.StartsWith("2024-01-13T12:00,", continued[1], StringComparison.Ordinal);
        File.WriteAllText(other, "time,load\n2024-01-01,1\n2024-01-02,2\n");
        Assert.Contains(
            "a row every 1 d, but the run learnt one every 1 h",
            TinyRun.Fails(1, "generate", run["calm"], "--device", "host", "--prompt-file", other), StringComparison.Ordinal);

        // Quantiles with the times that follow, as CSV, JSON and a picture.
        string file = run["forecast.csv"];
        Generate("--rows", "3", "--draws", "20", "--quantiles", "10,50,90", "--out", file, "--svg", run["forecast.svg"]);
        string[] lines = File.ReadAllText(file).TrimEnd('\n').Split('\n');
        Assert.Equal("time,load_q10,load_q50,load_q90", lines[0]);
        Assert.Equal(["2024-01-21T20:00", "2024-01-21T21:00", "2024-01-21T22:00"], lines[1..].Select(line => line.Split(',')[0]));
        Assert.All(lines[1..], line =>
        {
            double[] values = [.. line.Split(',')[1..].Select(field => double.Parse(field, CultureInfo.InvariantCulture))];
            Assert.True(values[0] <= values[1] && values[1] <= values[2]);
        });
        Assert.Contains("10 to 90 %", File.ReadAllText(run["forecast.svg"]), StringComparison.Ordinal);
        JsonElement json = JsonDocument.Parse(Generate("--rows", "3", "--draws", "20", "--json")).RootElement;
        Assert.Equal("2024-01-21T20:00", json.GetProperty("times")[0].GetString());
        Assert.Equal(3, json.GetProperty("columns").GetProperty("load").GetProperty("q95").GetArrayLength());

        string Generate(params string[] more) => TinyRun.Succeeds(["generate", run["calm"], "--device", "host", .. more]);
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 4)]
    [InlineData(3, 6)]
    [InlineData(5, 5)]
    [InlineData(6, 6)]
    [InlineData(7, 7)]
    [InlineData(12, 4)]
    [InlineData(97, 1)]
    public void K_fits_the_columns(int columns, int expected)
    {
        int size = SeriesCorpus.FittingPatch(columns, 4);
        Assert.Equal(expected, size);
        Assert.True(SeriesCorpus.RowsPerPatch(columns, size) >= 1);
        int whole = SeriesCorpus.FittingPatch(columns, 4, context: 256);
        Assert.Equal(0, 256 % whole);
        Assert.True(SeriesCorpus.RowsPerPatch(columns, whole) >= 1);
    }

    [Theory]
    [InlineData("autoencoder", 3)]
    [InlineData("autoencoder", 7)]
    [InlineData("ar", 5)]
    public void Any_number_of_columns_is_trained(string stage, int columns)
    {
        using TinyRun run = new();
        string csv = run["wide.csv"];
        File.WriteAllLines(csv, Enumerable.Range(-1, 400).Select(row => string.Join(',', Enumerable.Range(0, columns).Select(
            column => row < 0 ? $"c{column}" : $"{row * (column + 1) % 17}"))));
        TinyRun.Succeeds(["train", stage, "--data", csv, "--run", run["run"], "--steps", "2", .. TinyRun.Settings]);
    }

    [Fact]
    public void Huge_and_tiny_values_keep_their_digits()
    {
        using TinyRun run = new();
        string csv = run["huge.csv"];
        File.WriteAllLines(csv, ["huge,tiny", .. Enumerable.Range(0, 600).Select(
            row => row % 2 == 0 ? "1e308,1.5e-300" : "-1e308,2.5e-300")]);
        TinyRun.Succeeds(["train", "autoencoder", "--data", csv, "--bins", "quantile", "--run", run["ae"], "--steps", "150",
            .. TinyRun.Settings]);
        TinyRun.Succeeds(run.TrainCalm("calm", "--steps", "5"));
        string[] lines = TinyRun.Succeeds("generate", run["calm"], "--device", "host", "--rows", "40").TrimEnd('\n').Split('\n');
        string[] written = ["1E+308", "-1E+308", "1.5E-300", "2.5E-300"];
        Assert.Subset(written.ToHashSet(), lines[1..].SelectMany(line => line.Split(',')).ToHashSet());
        TinyRun.Succeeds("generate", run["calm"], "--device", "host", "--rows", "4", "--draws", "5", "--svg", run["forecast.svg"]);
        Assert.All(
            Evaluate(run["calm"]).GetProperty("scores").EnumerateArray(),
            score => Assert.Equal(JsonValueKind.Number, score.GetProperty("energyScore").ValueKind));
    }

    [Fact]
    public void A_forecast_is_written_with_all_digits()
    {
        double[] values = [double.MaxValue, double.Epsilon, 0.1 + 0.2, -1.0000000000000002e308, 1e-300, 1000000020.1];
        Assert.Equal(values, Written(roundsSums: false));
        values[2] = 0.3; // the last digit is the error of a sum
        values[3] = -1e308;
        Assert.Equal(values, Written(roundsSums: true));

        double[] Written(bool roundsSums) =>
        [
            .. new ForecastTable(["a", "b"], 3, null, null, [], [[.. values]], roundsSums).ToCsv().TrimEnd('\n').Split('\n')[1..]
                .SelectMany(line => line.Split(',')).Select(field => double.Parse(field, CultureInfo.InvariantCulture)),
        ];
    }

    [Fact]
    public void Advice_on_steps_follows_the_length_of_the_series()
    {
        TrainingConfig calm = Presets.Get("demo").CalmTraining;
        StepAdvice advice = StepAdvice.For(Stage.Calm, calm, 19_000 * 8, 8)!;
        Assert.Equal((1500, 20, 107), (advice.Steps, (int)Math.Round(advice.Passes), (int)advice.ConfiguredPasses));
        Assert.Null(StepAdvice.For(Stage.Calm, calm with { Steps = advice.Steps }, 19_000 * 8, 8));
        Assert.Equal(200, StepAdvice.For(Stage.Calm, calm, 4000, 4)!.Steps);
        Assert.Null(StepAdvice.For(Stage.Autoencoder, Presets.Get("demo").AutoencoderTraining, 665_760, 8));
        Assert.Equal(8100, StepAdvice.For(Stage.Autoencoder, Presets.Get("demo").AutoencoderTraining, 6_657_600, 8)!.Steps);
    }

    /// <summary>Hours from 2024 on, of which some, spread over the file, are missing.</summary>
    private static string Dated(TinyRun run, string name, int rows, int missing)
    {
        string path = run[name];
        IEnumerable<int> kept = Enumerable.Range(0, rows).Where(
            row => row % (rows / missing) != 20 || row / (rows / missing) >= missing);
        File.WriteAllLines(path, ["time,load", .. kept.Select(row =>
            $"{new DateTime(2024, 1, 1).AddHours(row):yyyy-MM-dd HH:mm},{20 + 5 * Math.Sin(row / 4.0):F3}")]);
        return path;
    }

    private static string Example(TinyRun run)
    {
        string csv = run["sensor.csv"];
        TinyRun.Succeeds("example", "series", "--rows", "600", "--out", csv);
        return csv;
    }

    private static string Other(TinyRun run)
    {
        string path = run["bad.csv"];
        File.WriteAllText(path, "x\noops\n");
        return path;
    }

    private static JsonElement Evaluate(string run) =>
        JsonDocument.Parse(TinyRun.Succeeds(
            "evaluate", run, "--json", "--device", "host", "--patches", "20", "--draws", "2", "--horizon", "6", "--forecasts", "3",
            "--moments", "5")).RootElement.GetProperty("forecast").Clone();

    private static int[] Ids(TokenFile file, int document)
    {
        (long start, int length) = file.Document(document);
        int[] ids = new int[length];
        file.Read(start, ids);
        return ids;
    }
}
