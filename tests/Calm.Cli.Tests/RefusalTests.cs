namespace Calm.Cli.Tests;

/// <summary>Options that a run or its data has no use for are refused in a line, never passed over.</summary>
public sealed class RefusalTests : IClassFixture<RefusalTests.Trained>
{
    private readonly TinyRun _run;

    public RefusalTests(Trained trained) => _run = trained.Run;

    /// <summary>Two steps of everything: of a text all three stages, of a series the first two.</summary>
    public sealed class Trained : IDisposable
    {
        public Trained()
        {
            Run.TrainAutoencoder(steps: 2);
            TinyRun.Succeeds(Run.TrainCalm("calm", "--steps", "2"));
            TinyRun.Succeeds(["train", "ar", "--autoencoder", Run["ae"], "--run", Run["ar"], "--steps", "2", .. Ar]);
            TinyRun.Succeeds("example", "series", "--rows", "2000", "--out", Run["sensor.csv"]);
            TinyRun.Succeeds([
                "train", "autoencoder", "--data", Run["sensor.csv"], "--time", "hour", "--run", Run["series-ae"],
                "--steps", "2", .. TinyRun.Settings]);
            TinyRun.Succeeds([
                "train", "calm", "--autoencoder", Run["series-ae"], "--run", Run["series"], "--steps", "2",
                .. TinyRun.Settings]);
        }

        internal TinyRun Run { get; } = new();

        public void Dispose() => Run.Dispose();
    }

    private static string[] Ar =>
    [
        "--set", "ar.hidden_size=32", "--set", "ar.intermediate_size=48", "--set", "ar.num_hidden_layers=1",
        "--set", "ar_training.context_tokens=64", "--set", "ar_training.evaluation_patches=64", "--device", "host",
    ];

    [Theory]
    [InlineData("series", "--prompt", "the")]
    [InlineData("series", "--prompts", "text.txt")]
    [InlineData("series", "--max-tokens", "9")]
    [InlineData("series", "--sampler", "lazy")]
    [InlineData("series", "--max-candidates", "9")]
    [InlineData("series", "--candidates", "9")]
    [InlineData("series", "--temperature", "0.7")]
    [InlineData("series", "--top-k", "9")]
    [InlineData("calm", "--rows", "9")]
    [InlineData("calm", "--prompt-file", "sensor.csv")]
    [InlineData("calm", "--max-candidates", "9")]
    [InlineData("calm", "--top-p", "0.9")]
    [InlineData("ar", "--rows", "9")]
    [InlineData("ar", "--sampler", "lazy")]
    [InlineData("ar", "--candidates", "9")]
    [InlineData("ar", "--max-candidates", "9")]
    public void Generation(string run, string option, string value) =>
        Refused(option, "generate", _run[run], option, File(value));

    [Theory]
    [InlineData("calm", "--horizon", "6")]
    [InlineData("calm", "--season", "6")]
    [InlineData("ar", "--moments", "6")]
    [InlineData("ar", "--draws", "8")]
    [InlineData("ae", "--forecasts", "6")]
    [InlineData("ae", "--draws", "8")]
    [InlineData("ae", "--estimator", "published")]
    [InlineData("ae", "--against", "calm")]
    [InlineData("calm", "--draws", "4", "--estimator", "published")]
    [InlineData("calm", "--patches", "-1")]
    public void Evaluation(string run, string option, params string[] values) =>
        Refused(option, ["evaluate", _run[run], option, .. values]);

    [Theory]
    [InlineData("--levels", "9")]
    [InlineData("--bins", "quantile")]
    [InlineData("--held-out", "0.1")]
    [InlineData("--difference")]
    [InlineData("--vocabulary", "300")]
    public void Text_is_no_series_and_bytes_have_their_ids(string option, params string[] values) =>
        Refused(option, [.. Autoencoder(_run.TextFile), option, .. values]);

    [Theory]
    [InlineData("--decimals", "2")]
    [InlineData("--vocabulary", "300")]
    [InlineData("--levels", "9", "--series", "text")]
    [InlineData("--bins", "quantile", "--series", "text")]
    public void A_series_has_the_options_of_its_form(string option, params string[] values) =>
        Refused(option, [.. Autoencoder(_run["sensor.csv"]), option, .. values]);

    [Theory]
    [InlineData("calm", "--levels", "9")]
    [InlineData("calm", "--columns", "load", "--data", "sensor.csv")]
    [InlineData("ar", "--tokenizer", "bpe")]
    [InlineData("ar", "--held-out", "0.1")]
    public void What_the_autoencoder_has_decided_stays(string stage, string option, params string[] values)
    {
        string[] train = ["train", stage, "--autoencoder", _run["series-ae"], "--run", _run["new"], "--device", "host"];
        Refused(option, [.. train, option, .. values.Select(File)]);
    }

    /// <summary>The same command with --resume goes on; one that asks for something else does not.</summary>
    [Fact]
    public void A_run_goes_on_with_what_it_was_made_of()
    {
        string[] made = ["train", "autoencoder", "--data", _run.TextFile, "--run", _run["resumed"], .. TinyRun.Settings];
        TinyRun.Succeeds([.. made, "--preset", "demo", "--steps", "2"]);
        TinyRun.Succeeds([.. made, "--preset", "demo", "--steps", "4", "--resume"]);
        string[] resumed = ["train", "autoencoder", "--run", _run["resumed"], "--resume", "--device", "host"];
        Refused("--preset", [.. resumed, "--preset", "calm-m"]);
        Refused("--data", [.. resumed, "--data", _run["sensor.csv"]]);
        Refused("--tokenizer", [.. resumed, "--tokenizer", "bpe"]);
        Refused(
            "--autoencoder", "train", "calm", "--run", _run["calm"], "--autoencoder", _run["series-ae"], "--resume",
            "--steps", "4", "--device", "host");
    }

    [Fact]
    public void Help_says_on_what_the_default_temperature_depends()
    {
        string[] words = TinyRun.Succeeds("generate", "--help").Split(
            [' ', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("Default: 0.5, for a run of a series 1", string.Join(' ', words), StringComparison.Ordinal);
    }

    private string[] Autoencoder(string data) =>
        ["train", "autoencoder", "--data", data, "--run", _run["new"], .. TinyRun.Settings];

    private string File(string value) => System.IO.File.Exists(_run[value]) ? _run[value] : value;

    /// <summary>In one line that begins with the option and says what to do.</summary>
    private static void Refused(string option, params string[] args)
    {
        string line = TinyRun.Fails(2, args);
        Assert.StartsWith($"calm: {option}", line, StringComparison.Ordinal);
        Assert.Matches("leave it out|must be", line);
    }
}
