namespace Calm.Cli.Tests;

/// <summary>Command lines that once ended in an exception that nobody expected.</summary>
public sealed class UnexpectedTests : IClassFixture<UnexpectedTests.Trained>
{
    private readonly TinyRun _run;

    public UnexpectedTests(Trained trained) => _run = trained.Run;

    /// <summary>An autoencoder, and copies of its run with other descriptions.</summary>
    public sealed class Trained : IDisposable
    {
        public Trained()
        {
            Run.TrainAutoencoder(steps: 2);
            foreach ((string name, string text) in new[] { ("null", "null"), ("empty", "{}"), ("list", "[]") })
            {
                Directory.CreateDirectory(Run[name]);
                File.WriteAllText(Run[$"{name}/run.json"], text);
            }

            File.WriteAllText(Run["twice.json"], "{\"calm\":{\"hidden_size\":32,\"hidden_size\":64}}");
            File.WriteAllText(Run["half.json"], "{\"calm\":{\"head\":\"\\ud800\"}}");
        }

        internal TinyRun Run { get; } = new();

        public void Dispose() => Run.Dispose();
    }

    [Theory]
    [InlineData("--out '': is empty", "example", "series", "--out", "")]
    [InlineData("--run '': is empty", "train", "autoencoder", "--run", "")]
    [InlineData("file '': is empty", "brier", "")]
    [InlineData("--svg '': is empty", "inspect", "{ae}", "--svg", "")]
    [InlineData("run.json: not the description of a run: it is null", "evaluate", "{null}")]
    [InlineData("run.json: not the description of a run: it lacks", "evaluate", "{empty}")]
    [InlineData("run.json: not the description of a run: it has another shape", "evaluate", "{list}")]
    [InlineData("Duplicate property 'hidden_size'", "train", "calm", "--dry-run", "--config", "{twice.json}")]
    [InlineData("is not Unicode", "train", "calm", "--dry-run", "--config", "{half.json}")]
    [InlineData("has more than", "train", "calm", "--dry-run", "--config", "/dev/zero")]
    [InlineData("learning_rate is", "train", "autoencoder", "--dry-run", "--set", "autoencoder_training.learning_rate=Infinity")]
    [InlineData("hidden_size is 2147483647", "train", "autoencoder", "--dry-run", "--set", "autoencoder.hidden_size=2147483647")]
    [InlineData("--threads is 2147483647, expected 0 to 1024", "verify", "--threads", "2147483647", "--device", "host")]
    [InlineData("--rows is 2147483647, expected 1 to 10000000", "example", "series", "--out", "{x}", "--rows", "2147483647")]
    [InlineData("--draws 2147483647: must be at most 4096", "evaluate", "{ae}", "--draws", "2147483647")]
    [InlineData("is a pipe or a device", "train", "autoencoder", "--data", "/dev/zero", "--run", "{new}")]
    public void Is_one_line(string expected, params string[] args)
    {
        (int code, string output, string error) = CommandLineTests.Calm(
            [.. args.Select(arg => arg.StartsWith('{') ? _run[arg.Trim('{', '}')] : arg)]);
        Assert.InRange(code, 1, 2);
        Assert.Equal("", output);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected", error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n'), line => line.StartsWith("calm: ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_model_that_no_memory_holds_is_refused_before_it_is_taken()
    {
        string line = TinyRun.Fails(1, [
            "train", "autoencoder", "--data", _run.TextFile, "--run", _run["large"], "--memory", "100", .. TinyRun.Settings,
            "--set", "autoencoder.hidden_size=16384", "--set", "autoencoder.intermediate_size=60000"]);
        Assert.Contains("parameters is too large, expected at most 2147483647", line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_set_of_instructions_is_named()
    {
        if (OperatingSystem.IsLinux())
        {
            (int code, _, string error) = Programs.Run(
                "env", _run[""], "CALM_INSTRUCTIONS=avx9", "dotnet", Programs.Built("apps/Calm.Cli"), "verify", "--op", "RmsNorm");
            Assert.Equal(1, code);
            Assert.Contains("avx9", error, StringComparison.Ordinal);
            Assert.Single(error.TrimEnd('\n').Split('\n'));
        }
    }

    [Fact]
    public void Too_few_open_files_are_said()
    {
        if (OperatingSystem.IsLinux())
        {
            (int code, _, string error) = Programs.Run(
                "sh", _run[""], "-c", $"ulimit -n 70; exec dotnet {Programs.Built("apps/Calm.Cli")} devices");
            Assert.Equal(1, code);
            Assert.StartsWith("calm: only 70 files may be open at a time", error, StringComparison.Ordinal);
            Assert.Single(error.TrimEnd('\n').Split('\n'));
        }
    }

    /// <summary>By a link, from a path with a space, with variables that change what a shell does.</summary>
    [Fact]
    public void The_launcher_finds_its_way_and_forgets_its_failures()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string folder = _run["a folder"];
        Directory.CreateDirectory(folder);
        File.CreateSymbolicLink(Path.Combine(folder, "calm"), Path.Combine(Programs.Root, "calm"));
        string help = Programs.MustRun(
            "env", folder, $"CDPATH={Path.GetTempPath()}", "PLATFORM=x64", Path.Combine(folder, "calm"), "test", "--help");
        Assert.StartsWith("./calm test", help, StringComparison.Ordinal);
        Assert.Single(Directory.GetFileSystemEntries(folder));

        string copy = _run["copy"];
        Directory.CreateDirectory(copy);
        File.Copy(Path.Combine(Programs.Root, "calm"), Path.Combine(copy, "calm"));
        File.WriteAllText(Path.Combine(copy, "dotnet"), "#!/bin/sh\necho 'no network' >&2; exit 145\n");
        File.SetUnixFileMode(Path.Combine(copy, "dotnet"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        (int code, _, string error) = Programs.Run(
            "env", copy, $"PATH={copy}:{Environment.GetEnvironmentVariable("PATH")}", "./calm", "--version");
        Assert.NotEqual(0, code);
        Assert.Contains("no network", error, StringComparison.Ordinal);
        Assert.Equal(["calm", "dotnet"], Directory.GetFileSystemEntries(copy).Select(Path.GetFileName).Order());
    }
}
