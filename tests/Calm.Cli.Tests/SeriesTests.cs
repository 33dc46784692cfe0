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
        Assert.Equal("load,temperature", lines[0]);
        Assert.Equal(41, lines.Length);
        Assert.All(lines[1..], line => Assert.Equal(
            2, line.Split(',').Count(field => double.TryParse(field, CultureInfo.InvariantCulture, out _))));

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
        Assert.Contains("patches of 4", Train(csv, 2, "--columns", "load,hour,temperature"), StringComparison.Ordinal);
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
