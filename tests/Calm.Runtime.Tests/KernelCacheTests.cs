using System.Runtime.InteropServices;
using Calm.Tests;

namespace Calm.Runtime.Tests;

/// <summary>The files of generated kernels.</summary>
public sealed class KernelCacheTests
{
    private const string Name = "RmsNorm_ForwardKernel";
    private const string Key = "kernel, versions, device";

    private static readonly KernelCode Code = new("// source\nkernel void é() { }\n", 512, HasDynamicMemory: true);

    [Fact]
    public void What_is_kept_is_read_back_under_its_key_alone()
    {
        using TemporaryFolder folder = new();
        KernelCache cache = new(folder["kernels"]);
        Assert.Null(cache.Read(Name, Key));
        cache.Write(Name, Key, Code);
        Assert.Equal(Code, cache.Read(Name, Key));
        Assert.Equal(Code, new KernelCache(folder["kernels"]).Read(Name, Key));
        Assert.Null(cache.Read(Name, Key + "."));
        Assert.Null(cache.Failure);
        Assert.Equal(1, cache.Size.Files);
    }

    /// <summary>Only files of the cache go when there are too many bytes, whatever else is there.</summary>
    [Fact]
    public void Files_of_others_stay()
    {
        using TemporaryFolder folder = new();
        string other = folder.Write("thesis", new string('x', 1000));
        File.SetLastWriteTimeUtc(other, DateTime.UnixEpoch);
        KernelCache cache = new(folder.Root, mostBytes: 1);
        cache.Write(Name, Key, Code);
        Assert.True(File.Exists(other));
        Assert.Equal((0, 0), cache.Size);
    }

    /// <summary>Cut off anywhere, with any byte changed, or another kernel's: no kernel, and no error.</summary>
    [Fact]
    public void A_damaged_or_foreign_file_counts_as_missing_and_is_written_anew()
    {
        using TemporaryFolder folder = new();
        KernelCache cache = new(folder.Root);
        cache.Write(Name, Key, Code);
        string file = Directory.GetFiles(folder.Root).Single();
        byte[] whole = File.ReadAllBytes(file);
        for (int i = 0; i < whole.Length; i++)
        {
            RefusesAndMends(whole[..i]);
            RefusesAndMends([.. whole[..i], (byte)(whole[i] ^ 1), .. whole[(i + 1)..]]);
        }

        RefusesAndMends([.. whole, (byte)' ']);
        cache.Write(Name, "another key", Code);
        RefusesAndMends(File.ReadAllBytes(Directory.GetFiles(folder.Root).Single(other => other != file)));

        void RefusesAndMends(byte[] contents)
        {
            File.WriteAllBytes(file, contents);
            Assert.Null(cache.Read(Name, Key));
            cache.Write(Name, Key, Code);
            Assert.Equal(whole, File.ReadAllBytes(file));
        }
    }

    [Fact]
    public void Where_nothing_can_be_written_there_is_no_cache_and_no_error()
    {
        using TemporaryFolder folder = new();
        KernelCache cache = new(Path.Combine(folder.Write("file", "a file in the place of a folder"), "kernels"));
        cache.Write(Name, Key, Code);
        Assert.Null(cache.Read(Name, Key));
        Assert.NotNull(cache.Failure);
        Assert.Equal((0, 0L), cache.Size);

        // A folder that can only be read is a cache all the same.
        KernelCache whole = new(folder["kernels"]);
        whole.Write(Name, Key, Code);
        if (!OperatingSystem.IsWindows())
        {
            UnixFileMode mode = File.GetUnixFileMode(folder["kernels"]);
            File.SetUnixFileMode(folder["kernels"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
            whole.Write("Other", Key, Code);
            Assert.Equal(Code, whole.Read(Name, Key));
            File.SetUnixFileMode(folder["kernels"], mode);
        }
    }

    [Fact]
    public void A_folder_that_is_too_large_loses_what_was_not_used_for_longest()
    {
        using TemporaryFolder folder = new();
        KernelCache filler = new(folder.Root);
        string[] names = ["A", "B", "C", "D"];
        foreach (string name in names)
        {
            filler.Write(name, Key, Code);
        }

        long each = filler.Size.Bytes / names.Length;
        foreach (string file in Directory.GetFiles(folder.Root))
        {
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-'Z' + Path.GetFileName(file)[0]));
        }

        Assert.NotNull(filler.Read("A", Key));
        new KernelCache(folder.Root, 3 * each).Write("E", Key, Code);
        Assert.Equal(["A", "D", "E"], Directory.GetFiles(folder.Root).Select(file => Path.GetFileName(file)[..1]).Order());
    }

    [Fact]
    public void Names_of_any_length_are_names_of_files()
    {
        using TemporaryFolder folder = new();
        KernelCache cache = new(folder.Root);
        string name = new('K', 5000);
        cache.Write(name, Key, Code);
        Assert.Equal(Code, cache.Read(name, Key));
    }

    [Fact]
    public async Task Writers_at_once_leave_whole_files()
    {
        using TemporaryFolder folder = new();
        KernelCode[] codes = [.. Enumerable.Range(0, 8).Select(i => Code with { Source = new string((char)('a' + i), 50_000) })];
        await Parallel.ForEachAsync(codes, (code, _) =>
        {
            KernelCache cache = new(folder.Root);
            for (int i = 0; i < 20; i++)
            {
                cache.Write(Name, Key, code);
                Assert.Contains(cache.Read(Name, Key), codes);
            }

            return ValueTask.CompletedTask;
        });
        Assert.Equal(1, new KernelCache(folder.Root).Size.Files);
    }

    [Fact]
    public void The_folder_of_CUDA_is_seen_by_libraries_unless_the_user_has_named_one()
    {
        using TemporaryFolder folder = new();
        CudaBinaries.KeepIn(folder["first"]);
        CudaBinaries.KeepIn(folder["second"]);
        Assert.True(Directory.Exists(folder["first"]));
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable(CudaBinaries.Variable) is null)
        {
            Assert.Equal(folder["first"], Marshal.PtrToStringUTF8(GetVariable("CUDA_CACHE_PATH\0"u8.ToArray())));
        }
    }

    [DllImport("libc", EntryPoint = "getenv")]
    private static extern nint GetVariable(byte[] name);
}
