using System.Diagnostics;
using System.Reflection.Metadata;
using System.Security.Cryptography;
using System.Text;

namespace Calm.Runtime;

/// <summary>Generated code of kernels on the disk, so that a second start compiles nothing.</summary>
/// <remarks>
/// A file holds one kernel: a first line with a hash, then the source, as a driver gets it. The hash covers the key, too, so that
/// a file that is damaged, cut off or of another kernel is none, and is written anew. Files appear whole under their names, and
/// processes may share the folder. A folder that cannot be read or written is no cache, and no error.
/// </remarks>
public sealed class KernelCache
{
    /// <summary>The variable that switches the cache off.</summary>
    public const string Variable = "CALM_KERNEL_CACHE";

    private const long UsualBytes = 256L << 20;
    private const string Mark = "// calm kernel 1";
    private const int MostNameLength = 100;

    // Of its files and of no others, whatever lies in the folder.
    private const string Extension = ".calm-kernel";

    // Reading the whole folder costs about as much as a few kernels.
    private const int WritesBetweenTrims = 100;

    private readonly long _mostBytes;
    private int _writes;

    /// <summary>A cache in a folder.</summary>
    /// <param name="folder">The folder; it need not be there.</param>
    /// <param name="mostBytes">Bytes that it may hold; beyond them the files that were not used for longest go.</param>
    internal KernelCache(string folder, long mostBytes = UsualBytes) => (Folder, _mostBytes) = (folder, mostBytes);

    /// <summary>
    /// The cache of this machine; null if it is switched off. A debugger and hot reload may change code that keeps its
    /// version, so that there is none with them.
    /// </summary>
    public static KernelCache? Default { get; } =
        Environment.GetEnvironmentVariable(Variable) is "off" || Debugger.IsAttached || MetadataUpdater.IsSupported
            ? null
            : new KernelCache(Path.Combine(CacheFolder.Path, "kernels"));

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The reason why something could not be read or kept; null if there was none.</summary>
    public string? Failure { get; private set; }

    /// <summary>Number and bytes of its files.</summary>
    public (int Files, long Bytes) Size
    {
        get
        {
            IReadOnlyList<FileInfo> files = Files();
            return (files.Count, files.Sum(file => file.Length));
        }
    }

    /// <summary>The code of a kernel; null if it is not there.</summary>
    /// <param name="name">The kernel's name, an identifier.</param>
    /// <param name="key">Everything that decides the code.</param>
    internal KernelCode? Read(string name, string key)
    {
        string path = PathOf(name, key);
        KernelCode? code = null;
        Try(() =>
        {
            code = File.Exists(path) ? Parse(File.ReadAllText(path), key) : null;
            if (code is not null)
            {
                File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
            }
        });
        return code;
    }

    /// <summary>Keeps the code of a kernel if the disk allows it.</summary>
    internal void Write(string name, string key, KernelCode code)
    {
        string temporary = Path.Combine(Folder, Path.GetRandomFileName() + Extension);
        bool isWritten = Try(() =>
        {
            Directory.CreateDirectory(Folder);
            File.WriteAllText(temporary, $"{HeaderOf(key, code)}\n{code.Source}");
            File.Move(temporary, PathOf(name, key), overwrite: true);
        });
        if (!isWritten)
        {
            Try(() => File.Delete(temporary));
        }

        if (_writes++ % WritesBetweenTrims == 0)
        {
            Trim();
        }
    }

    private static KernelCode? Parse(string text, string key)
    {
        int end = text.IndexOf('\n');
        if (end < 0 || text[..end].Split(' ') is not [.., var shared, var isDynamic, _]
            || !int.TryParse(shared, out int bytes) || !bool.TryParse(isDynamic, out bool hasDynamicMemory))
        {
            return null;
        }

        KernelCode code = new(text[(end + 1)..], bytes, hasDynamicMemory);
        return text[..end] == HeaderOf(key, code) ? code : null;
    }

    private static string HeaderOf(string key, KernelCode code)
    {
        string values = $"{Mark} {code.SharedBytes} {code.HasDynamicMemory}";
        return $"{values} {HashOf($"{values}\n{key}\n{code.Source}")}";
    }

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private string PathOf(string name, string key)
    {
        string start = name.Length <= MostNameLength ? name : name[..MostNameLength];
        return Path.Combine(Folder, $"{start}.{HashOf(key)[..32]}{Extension}");
    }

    // Temporary files of writers that were killed have the extension too, and grow old like all others.
    private void Trim()
    {
        long excess = Size.Bytes - _mostBytes;
        foreach (FileInfo file in Files().OrderBy(file => file.LastWriteTimeUtc).TakeWhile(_ => excess > 0))
        {
            excess -= file.Length;
            Try(file.Delete);
        }
    }

    private IReadOnlyList<FileInfo> Files()
    {
        IReadOnlyList<FileInfo> files = [];
        Try(() => files = [.. new DirectoryInfo(Folder).EnumerateFiles("*" + Extension)]);
        return files;
    }

    private bool Try(Action work)
    {
        try
        {
            work();
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Failure ??= failure.Message;
            return false;
        }
    }
}
