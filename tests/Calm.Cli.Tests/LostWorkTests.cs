using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Calm.Cli.Tests;

/// <summary>Ways in which work was once lost, or files that were no business of the program's, at the command line.</summary>
public sealed partial class LostWorkTests : IDisposable
{
    private const int HangUp = 1;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TinyRun _run = new();

    public void Dispose() => _run.Dispose();

    private string[] Train(params string[] more) =>
        ["train", "autoencoder", "--data", _run.TextFile, "--run", _run["ae"], .. TinyRun.Settings, .. more];

    private string[] Resume(params string[] more) =>
        ["train", "autoencoder", "--run", _run["ae"], "--resume", "--device", "host", .. more];

    [Fact]
    public void Checkpoints_that_were_cut_short_are_no_reason_to_start_again()
    {
        TinyRun.Succeeds(Train("--steps", "4", "--save-every", "2"));
        byte[] log = File.ReadAllBytes(_run["ae/log.jsonl"]);
        foreach (string weights in Directory.GetFiles(_run["ae/checkpoints"], "model.safetensors", SearchOption.AllDirectories))
        {
            File.WriteAllBytes(weights, File.ReadAllBytes(weights)[..1000]);
        }

        Assert.Contains("no checkpoint is complete", TinyRun.Fails(1, Resume("--steps", "6")), StringComparison.Ordinal);
        Assert.Equal(log, File.ReadAllBytes(_run["ae/log.jsonl"]));
    }

    [Fact]
    public void A_run_whose_checkpoints_are_gone_is_not_started_again()
    {
        TinyRun.Succeeds(Train("--steps", "4"));
        byte[] weights = File.ReadAllBytes(_run["ae/model.safetensors"]);
        Directory.Delete(_run["ae/checkpoints"], recursive: true);
        Assert.Contains("the checkpoints are gone", TinyRun.Fails(1, Resume("--steps", "6")), StringComparison.Ordinal);
        Assert.Equal(weights, File.ReadAllBytes(_run["ae/model.safetensors"]));
    }

    [Fact]
    public void A_result_replaces_no_part_of_a_run_and_nothing_that_is_read()
    {
        TinyRun.Succeeds(Train("--steps", "2"));
        foreach (string part in (string[])["run.json", "log.jsonl", "data/train.tokens", "checkpoints/latest"])
        {
            byte[] before = File.ReadAllBytes(_run[$"ae/{part}"]);
            string line = TinyRun.Fails(1, "example", "series", "--rows", "5", "--out", _run[$"ae/{part}"]);
            Assert.Contains("belongs to the run", line, StringComparison.Ordinal);
            Assert.Equal(before, File.ReadAllBytes(_run[$"ae/{part}"]));
        }

        TinyRun.Succeeds("example", "series", "--rows", "5", "--out", _run["ae/own.csv"]);
        string[] train = ["tokenizer", "train", "--data", _run.TextFile, "--vocabulary", "300", "--out", _run.TextFile];
        Assert.Contains("is read by this command", TinyRun.Fails(1, train), StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_that_change_at_a_resume_are_said()
    {
        TinyRun.Succeeds(Train("--steps", "2"));
        (int code, _, string error) = CommandLineTests.Calm(Resume("--steps", "3", "--batch", "32"));
        Assert.Equal(0, code);
        Assert.Contains("changed: autoencoder_training.batch_size 64, now 32", error, StringComparison.Ordinal);
        Assert.Contains("changed: autoencoder_training.steps 2, now 3", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_that_have_changed_are_refused_by_whatever_reads_them()
    {
        TinyRun.Succeeds(Train("--steps", "2"));
        string weights = Directory.GetFiles(_run["ae/checkpoints"], "model.safetensors", SearchOption.AllDirectories).Single();
        byte[] bytes = File.ReadAllBytes(weights);
        bytes.AsSpan(bytes.Length - 4000, 2000).Clear();
        File.WriteAllBytes(weights, bytes);
        string line = TinyRun.Fails(1, "evaluate", _run["ae"], "--device", "host");
        Assert.Contains("has changed since it was saved", line, StringComparison.Ordinal);
        Assert.Equal(line, TinyRun.Fails(1, Resume("--steps", "3")));
    }

    [Fact]
    public void Settings_that_are_refused_at_a_resume_leave_the_run_as_it_was()
    {
        TinyRun.Succeeds(Train("--steps", "2"));
        byte[] description = File.ReadAllBytes(_run["ae/run.json"]);
        TinyRun.Fails(1, Resume("--steps", "3", "--set", "autoencoder.hidden_size=64"));
        Assert.Equal(description, File.ReadAllBytes(_run["ae/run.json"]));
        TinyRun.Succeeds(Resume("--steps", "3"));
    }

    [Fact]
    public void A_second_writer_is_told_who_writes()
    {
        TinyRun.Succeeds(Train("--steps", "2"));
        using RunLock first = RunLock.Take(_run["ae"]);
        string holder = $"process {Environment.ProcessId} ";
        Assert.Contains(holder, TinyRun.Fails(1, Resume("--steps", "3")), StringComparison.Ordinal);
        Assert.Contains(holder, TinyRun.Fails(1, Train("--steps", "3")), StringComparison.Ordinal);
    }

    /// <summary>A terminal that is closed, a connection that is lost.</summary>
    [Fact]
    public async Task A_hang_up_saves()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // Under nohup these tests would pass on that hang-ups are ignored.
        string[] dotnet = OperatingSystem.IsLinux() ? ["env", "--default-signal=HUP", "dotnet"] : ["dotnet"];
        ProcessStartInfo start = new(
            dotnet[0], [.. dotnet[1..], Programs.Built("apps/Calm.Cli"), .. Train("--steps", "1000000")])
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        Stopwatch clock = Stopwatch.StartNew();
        while (!File.Exists(_run["ae/log.jsonl"]) && !process.HasExited && clock.Elapsed < Patience)
        {
            await Task.Delay(5);
        }

        // A terminal that closes sends it from the kernel and from the shell.
        Assert.Equal(0, Signal(process.Id, HangUp));
        _ = Signal(process.Id, HangUp); // it may have ended
        if (!process.WaitForExit(Patience))
        {
            process.Kill();
            Assert.Fail("a hang-up did not end the training");
        }

        Assert.True((await output).Contains("interrupted and saved", StringComparison.Ordinal), await error);
        Assert.Single(Directory.GetDirectories(_run["ae/checkpoints"]));
        Assert.True(File.Exists(_run["ae/model.safetensors"]));
    }

    [Fact]
    public void Results_go_through_links_and_to_devices()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        File.WriteAllText(_run["real.csv"], "before");
        File.CreateSymbolicLink(_run["link.csv"], "real.csv");
        TinyRun.Succeeds("example", "series", "--out", _run["link.csv"], "--rows", "50");
        Assert.Equal("real.csv", new FileInfo(_run["link.csv"]).LinkTarget);
        Assert.Equal(51, File.ReadAllLines(_run["real.csv"]).Length);
        string full = TinyRun.Fails(1, "example", "series", "--out", "/dev/full", "--rows", "50");
        Assert.Contains("/dev/full: cannot be written: the disk is full", full, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pipe_is_refused_at_once()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        string pipe = _run["pipe.txt"];
        Programs.MustRun("mkfifo", _run[""], pipe);
        string line = TinyRun.Fails(1, [.. Train("--steps", "2").Select(arg => arg == _run.TextFile ? pipe : arg)]);
        Assert.Contains("cannot be read twice", line, StringComparison.Ordinal);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
