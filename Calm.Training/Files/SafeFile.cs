using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Writes a file so that after any failure, a power cut included, either the previous contents or the new ones are
/// there, whole.
/// </summary>
/// <remarks>
/// The contents go to a temporary name in the same folder that nobody can guess, and to the disk, then the file is renamed
/// over the target, and the folder follows to the disk. What a crash leaves is removed by <see cref="DeleteLeftovers"/>.
/// The target keeps its permissions; a link is written through, a device or a pipe is written to.
/// </remarks>
internal static partial class SafeFile
{
    /// <summary>Suffix of temporary files, which readers of folders ignore.</summary>
    public const string TemporarySuffix = ".tmp";

    private const int RandomDigits = 16;

    /// <summary>Deletes what writers that were killed have left of some files of a folder; nobody may be writing them.</summary>
    /// <param name="folder">The folder; it need not be there.</param>
    /// <param name="names">Final names of the files.</param>
    public static void DeleteLeftovers(string folder, IEnumerable<string> names)
    {
        if (Directory.Exists(folder))
        {
            foreach (string file in Directory.GetFiles(folder, "*" + TemporarySuffix))
            {
                if (names.Contains(FinalName(file)))
                {
                    Disk.TryDelete(file);
                }
            }
        }
    }

    /// <summary>The name that a temporary file was to get; the name of any other file.</summary>
    public static string FinalName(string path) => Temporary().Replace(Path.GetFileName(path), "");

    /// <summary>Writes a file, and the folders above it if need be.</summary>
    /// <param name="path">Its final name.</param>
    /// <param name="write">Writes the contents to a stream that can seek.</param>
    /// <exception cref="CalmException">The disk is full, or permission is missing.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        if (path.Length == 0)
        {
            throw new CalmException("the name of a file to write is empty.");
        }

        try
        {
            if (Disk.IsDeviceOrPipe(path))
            {
                WriteThrough(path, write);
                return;
            }

            string target = Target(path);
            string folder = Path.GetDirectoryName(target)!;
            Disk.CreateFolder(folder);
            WriteAndRename(TemporaryName(target), target, write);
            Disk.SyncFolder(folder);
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
            throw FileFailure.Writing(path, failure, "the previous file");
        }
    }

    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public static void Write(string path, ReadOnlyMemory<byte> contents) =>
        Write(path, stream => stream.Write(contents.Span));

    /// <summary>Writes a file of text in UTF-8, its lines ended as on Linux everywhere.</summary>
    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public static void WriteText(string path, Action<TextWriter> write) => Write(path, stream =>
    {
        using StreamWriter writer = new(stream, leaveOpen: true) { NewLine = "\n" };
        write(writer);
    });

    /// <summary>The full path of the file that a name stands for: a link's target, which is written through.</summary>
    public static string Target(string path)
    {
        FileInfo named = new(path);
        return named.LinkTarget is null
            ? named.FullName
            : named.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
    }

    /// <summary>A name beside a file that nobody can guess.</summary>
    public static string TemporaryName(string target) =>
        $"{target}.{RandomNumberGenerator.GetHexString(RandomDigits, lowercase: true)}{TemporarySuffix}";

    // Writers may seek, which such targets cannot.
    private static void WriteThrough(string path, Action<Stream> write)
    {
        using MemoryStream contents = new();
        write(contents);
        using FileStream target = new(path, FileMode.Open, FileAccess.Write);
        contents.WriteTo(target);
    }

    private static void WriteAndRename(string temporary, string target, Action<Stream> write)
    {
        try
        {
            Disk.WriteFile(temporary, write);
            if (!OperatingSystem.IsWindows() && File.Exists(target))
            {
                File.SetUnixFileMode(temporary, File.GetUnixFileMode(target));
            }

            Disk.RenameFile(temporary, target);
        }
        catch
        {
            Disk.TryDelete(temporary);
            throw;
        }
    }

    [GeneratedRegex(@"\.[0-9a-f]{16}\.tmp$")] // RandomDigits
    private static partial Regex Temporary();
}
