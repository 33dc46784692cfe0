using Calm.Runtime;

namespace Calm.Training.Tests;

/// <summary>A run has one writer.</summary>
public sealed class RunLockTests
{
    [Fact]
    public void A_second_writer_is_refused_and_told_who_holds_it()
    {
        using TemporaryFolder folder = new();
        using RunLock first = RunLock.Take(folder["run"]);
        CalmException failure = Assert.Throws<CalmException>(() => RunLock.Take(folder["run"]));
        Assert.Contains($"process {Environment.ProcessId} on {Environment.MachineName} since", failure.Message);
        Assert.Contains("writes to this run", failure.Message);
    }

    [Fact]
    public void A_lock_that_was_given_back_or_left_behind_is_taken_over()
    {
        using TemporaryFolder folder = new();
        RunLock.Take(folder["run"]).Dispose();
        Assert.False(Directory.Exists(folder["run"]));
        folder.Write("other/lock", "process 1 on a machine that is gone");
        using RunLock taken = RunLock.Take(folder["other"]);
        Assert.Throws<CalmException>(() => RunLock.Take(folder["other"]));
    }

    [Fact]
    public void Only_one_of_many_threads_holds_it_at_a_time()
    {
        using TemporaryFolder folder = new();
        int holders = 0;
        int most = 0;
        int taken = 0;
        Parallel.For(0, 200, _ =>
        {
            try
            {
                using RunLock held = RunLock.Take(folder["run"]);
                most = Math.Max(most, Interlocked.Increment(ref holders));
                Interlocked.Increment(ref taken);
                Interlocked.Decrement(ref holders);
            }
            catch (CalmException)
            {
                // Another thread holds it.
            }
        });
        Assert.Equal(1, most);
        Assert.InRange(taken, 1, 200);
    }

    [Fact]
    public void What_a_killed_holder_left_is_deleted_by_the_next()
    {
        using TemporaryFolder folder = new();
        const string left = ".0123456789abcdef.tmp";
        string[] files = ["run.json", "log.jsonl", "config.json", "data/train.tokens", "checkpoints/latest", "checkpoints/best"];
        foreach (string file in files)
        {
            folder.Write($"run/{file}{left}", "");
        }

        folder.Write("run/checkpoints/step-000000001.tmp/model.safetensors", "");
        folder.Write($"run/report.html{left}", "not the run's");
        using RunLock held = RunLock.Take(folder["run"]);
        Assert.Equal(
            [folder[$"run/report.html{left}"]], Directory.GetFileSystemEntries(folder["run"], "*.tmp", SearchOption.AllDirectories));
    }

    /// <summary>A start that was killed may be repeated; a folder with anything of a user's is left alone.</summary>
    [Theory]
    [InlineData("lock", true)]
    [InlineData("data/train.tokens.0123456789abcdef.tmp", true)]
    [InlineData("data/series.csv", true)]
    [InlineData("run.json.0123456789abcdef.tmp", true)]
    [InlineData("run.json", false)]
    [InlineData("run.json.tmp", false)]
    [InlineData("data/notes.txt", false)]
    [InlineData("data/data/train.tokens", false)]
    [InlineData("data", false)]
    [InlineData("report.html", false)]
    public void Only_what_a_start_leaves_behind_may_be_written_over(string file, bool isAllowed)
    {
        using TemporaryFolder folder = new();
        folder.Write($"run/{file}", "");
        if (isAllowed)
        {
            RunFolder.RequireEmpty(folder["run"]);
            return;
        }

        Assert.Contains("is not empty", Assert.Throws<CalmException>(() => RunFolder.RequireEmpty(folder["run"])).Message);
    }
}
