using System.Text;
using Calm.Runtime;

namespace Calm.Training.Tests;

public sealed class SafeFileTests
{
    private const int NoSpaceLeft = 28;

    private static readonly byte[] Old = Encoding.UTF8.GetBytes("old");
    private static readonly byte[] New = Encoding.UTF8.GetBytes("new contents");

    [Fact]
    public void After_a_crash_at_any_operation_the_file_is_old_or_new_and_can_be_written_again()
    {
        using TemporaryFolder folder = new();
        bool crashed = true;
        for (int operation = 0; crashed; operation++)
        {
            string path = folder.Write($"{operation}/file", Old);
            crashed = DiskFaults.CrashAt(operation, () => SafeFile.Write(path, New));
            byte[] found = File.ReadAllBytes(path);
            Assert.True(found.SequenceEqual(Old) || found.SequenceEqual(New));
            SafeFile.Write(path, New);
            SafeFile.DeleteLeftovers(folder[$"{operation}"], ["file"]);
            Assert.Equal(New, File.ReadAllBytes(path));
            Assert.Single(Directory.GetFiles(folder[$"{operation}"]));
        }
    }

    [Fact]
    public void Contents_reach_the_disk_before_the_name_and_the_name_before_the_return()
    {
        using TemporaryFolder folder = new();
        string path = folder["new folder/file"];
        List<DiskOperation> operations = DiskFaults.Record(() => SafeFile.Write(path, New));
        DiskStep[] expected =
        [
            DiskStep.CreateFolder, DiskStep.SyncFolder,
            DiskStep.CreateFile, DiskStep.Write, DiskStep.SyncFile, DiskStep.Rename, DiskStep.SyncFolder,
        ];
        Assert.Equal(expected, operations.Select(operation => operation.Step));
        Assert.Equal(New.Length, operations[3].Bytes);
    }

    [Theory]
    [InlineData(DiskStep.Write)]
    [InlineData(DiskStep.SyncFile)]
    [InlineData(DiskStep.Rename)]
    public void A_full_disk_is_one_line_and_loses_nothing(object step)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("file", Old);
        IOException full = new("No space left on device", NoSpaceLeft);
        CalmException failure = Assert.Throws<CalmException>(
            () => DiskFaults.FailAt((DiskStep)step, full, () => SafeFile.Write(path, New)));
        Assert.Contains($"{path}: cannot be written: the disk is full; free some space", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
        Assert.Equal(Old, File.ReadAllBytes(path));
        Assert.Single(Directory.GetFiles(folder.Root));
    }

    [Fact]
    public void Missing_permission_and_a_file_in_the_place_of_a_folder_are_one_line()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("file", Old);
        CalmException denied = Assert.Throws<CalmException>(() => DiskFaults.FailAt(
            DiskStep.CreateFile, new UnauthorizedAccessException(), () => SafeFile.Write(path, New)));
        Assert.Contains("no permission; choose a folder that can be written", denied.Message, StringComparison.Ordinal);
        Assert.Equal(Old, File.ReadAllBytes(path));
        Assert.Throws<CalmException>(() => SafeFile.Write(Path.Combine(path, "below"), New));
    }

    [Fact]
    public void A_writer_that_fails_leaves_the_old_file_and_no_other()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("file", Old);
        Assert.Throws<InvalidOperationException>(() => SafeFile.Write(path, stream =>
        {
            stream.Write(New);
            throw new InvalidOperationException();
        }));
        Assert.Equal(Old, File.ReadAllBytes(path));
        Assert.Single(Directory.GetFiles(folder.Root));
    }

    [Fact]
    public void A_link_is_written_through_and_permissions_stay()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using TemporaryFolder folder = new();
        string path = folder.Write("real", Old);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        UnixFileMode mode = File.GetUnixFileMode(path);
        File.CreateSymbolicLink(folder["link"], "real");
        SafeFile.Write(folder["link"], New);
        Assert.Equal("real", new FileInfo(folder["link"]).LinkTarget);
        Assert.Equal(New, File.ReadAllBytes(path));
        Assert.Equal(mode, File.GetUnixFileMode(path));
    }

    /// <summary>Whoever can write to the folder could otherwise put a link where the next file goes.</summary>
    [Fact]
    public void Temporary_names_differ_from_one_write_to_the_next()
    {
        using TemporaryFolder folder = new();
        string[] names = [.. Enumerable.Range(0, 20).Select(_ => Name())];
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.All(names, name => Assert.Equal("file", SafeFile.FinalName(name)));

        string Name() =>
            DiskFaults.Record(() => SafeFile.Write(folder["file"], New)).Single(one => one.Step == DiskStep.CreateFile).Path;
    }

    [Fact]
    public void What_a_killed_writer_left_is_deleted_and_nothing_else()
    {
        using TemporaryFolder folder = new();
        string[] kept = ["a", "a.tmp", "a.0123.tmp", "b.0123456789abcdef.tmp", "a.0123456789ABCDEF.tmp"];
        foreach (string name in (string[])[.. kept, "a.0123456789abcdef.tmp", "a.ffffffffffffffff.tmp"])
        {
            folder.Write(name, Old);
        }

        SafeFile.DeleteLeftovers(folder.Root, ["a"]);
        Assert.Equal(kept.Order(), Directory.GetFiles(folder.Root).Select(Path.GetFileName).Order());
        SafeFile.DeleteLeftovers(folder["none"], ["a"]);
    }

    [Fact]
    public void A_device_is_written_to_and_not_replaced()
    {
        if (OperatingSystem.IsLinux())
        {
            Assert.True(Disk.IsDeviceOrPipe("/dev/null"));
            Assert.False(Disk.IsDeviceOrPipe("/etc/passwd"));
            SafeFile.Write("/dev/full", ReadOnlyMemory<byte>.Empty);
            Assert.True(Disk.IsDeviceOrPipe("/dev/full"));
        }
    }
}
