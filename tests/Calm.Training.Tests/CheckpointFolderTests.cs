using System.Text;
using Calm.Runtime;

namespace Calm.Training.Tests;

public sealed class CheckpointFolderTests
{
    [Fact]
    public void The_newest_are_kept_and_the_best()
    {
        using TemporaryFolder folder = new();
        CheckpointFolder checkpoints = new(folder["run"], keep: 2);
        Assert.Null(checkpoints.Latest);
        for (int step = 10; step <= 50; step += 10)
        {
            SavedCheckpoint saved = Save(checkpoints, step);
            if (step == 20)
            {
                checkpoints.PointBest(saved, 0.25);
            }
        }

        Assert.Equal([50, 40, 20], checkpoints.All().Select(checkpoint => checkpoint.Step));
        Assert.Equal(50, checkpoints.Latest!.Step);
        Assert.Equal(20, checkpoints.Find(CheckpointFolder.BestPointer)!.Step);
        Assert.Equal(0.25, checkpoints.BestScore);
        Assert.Equal(Contents(50), File.ReadAllText(checkpoints.Latest["model"]));
        checkpoints.Latest.Verify();
    }

    [Fact]
    public void After_a_crash_at_any_operation_a_reader_finds_a_complete_checkpoint()
    {
        using TemporaryFolder folder = new();
        bool crashed = true;
        for (int operation = 0; crashed; operation++)
        {
            CheckpointFolder checkpoints = new(folder[$"{operation}"], keep: 1);
            Save(checkpoints, 1);
            crashed = DiskFaults.CrashAt(operation, () => Save(checkpoints, 2));
            SavedCheckpoint found = checkpoints.Latest!;
            Assert.InRange(found.Step, 1, 2);
            Assert.Equal(Contents(found.Step), File.ReadAllText(found["model"]));
            Assert.All(checkpoints.All(), checkpoint => checkpoint.Verify());

            // The next run saves again and leaves nothing of the crash behind.
            Save(checkpoints, 3);
            Assert.Equal(3, checkpoints.Latest!.Step);
            Assert.Equal(["latest", checkpoints.Latest.Name], Entries(checkpoints.Root));
        }
    }

    [Fact]
    public void The_first_save_that_crashes_leaves_no_checkpoint_not_even_an_incomplete_one()
    {
        bool crashed = true;
        for (int operation = 0; crashed; operation++)
        {
            using TemporaryFolder folder = new();
            CheckpointFolder checkpoints = new(folder["run"]);
            crashed = DiskFaults.CrashAt(operation, () => Save(checkpoints, 1));
            Assert.False(checkpoints.HasIncomplete);
            Save(checkpoints, 2);
            Assert.Equal(2, checkpoints.Latest!.Step);
        }
    }

    [Fact]
    public void A_full_disk_loses_no_checkpoint()
    {
        using TemporaryFolder folder = new();
        CheckpointFolder checkpoints = new(folder["run"], keep: 1);
        Save(checkpoints, 1);
        foreach (DiskStep step in new[] { DiskStep.CreateFolder, DiskStep.Write, DiskStep.SyncFile, DiskStep.Rename })
        {
            CalmException failure = Assert.Throws<CalmException>(
                () => DiskFaults.FailAt(step, new IOException("full", 28), () => Save(checkpoints, 2)));
            Assert.Contains("the disk is full", failure.Message, StringComparison.Ordinal);
            Assert.Equal(1, checkpoints.Latest!.Step);
        }

        Assert.Equal(["latest", "step-000000001"], Entries(checkpoints.Root));
    }

    [Fact]
    public void A_step_that_comes_again_after_going_back_is_the_newer_one()
    {
        using TemporaryFolder folder = new();
        CheckpointFolder checkpoints = new(folder["run"], keep: 2);
        Save(checkpoints, 10);
        Save(checkpoints, 20);
        SavedCheckpoint again = Save(checkpoints, 10);
        Assert.Equal(again.Name, checkpoints.Latest!.Name);
        Assert.Equal([10, 20], checkpoints.All().Select(checkpoint => checkpoint.Step));
    }

    [Fact]
    public void What_is_not_complete_is_passed_over_and_what_has_changed_is_found()
    {
        using TemporaryFolder folder = new();
        CheckpointFolder checkpoints = new(folder["run"], keep: 3);
        Save(checkpoints, 1);
        SavedCheckpoint changed = Save(checkpoints, 2);
        SavedCheckpoint cut = Save(checkpoints, 3);
        File.WriteAllText(cut["model"], "");
        Assert.Equal(2, checkpoints.Latest!.Step);
        File.WriteAllText(changed["model"], Contents(9));
        CalmException failure = Assert.Throws<CalmException>(changed.Verify);
        Assert.Contains("has changed since it was saved", failure.Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(changed.Folder, CheckpointManifest.FileName), "{\"files\":[null]}");
        Assert.Equal(1, checkpoints.Latest!.Step);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[{}]")]
    [InlineData("{\"format\":\"calm-checkpoint\",\"version\":1,\"step\":1,\"sequence\":1,\"files\":[null]}")]
    [InlineData("{\"format\":\"\\ud800\",\"version\":1,\"step\":1,\"sequence\":1,\"files\":[]}")]
    [InlineData("{\"format\":\"calm-checkpoint\",\"version\":1,\"step\":1,\"sequence\":1,\"files\":[{\"name\":\"a\\u0000\",\"bytes\":1,\"sha256\":\"\"}]}")]
    [InlineData("{\"format\":\"calm-checkpoint\",\"version\":1,\"step\":1,\"sequence\":1,\"files\":[{\"name\":\"../latest\",\"bytes\":17,\"sha256\":\"\"}]}")]
    public void A_manifest_that_is_none_is_passed_over(string manifest)
    {
        using TemporaryFolder folder = new();
        CheckpointFolder checkpoints = new(folder["run"], keep: 3);
        Save(checkpoints, 1);
        File.WriteAllText(Save(checkpoints, 2)[CheckpointManifest.FileName], manifest);
        Assert.Equal(1, checkpoints.Latest!.Step);
    }

    private static string Contents(long step) => $"weights of step {step}";

    private static SavedCheckpoint Save(CheckpointFolder checkpoints, int step) => checkpoints.Save(step, writer =>
    {
        writer.Write("model", Encoding.UTF8.GetBytes(Contents(step)));
        writer.Write("optimizer", stream => stream.Write(new byte[100]));
    });

    private static IEnumerable<string> Entries(string folder) =>
        Directory.EnumerateFileSystemEntries(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);
}
