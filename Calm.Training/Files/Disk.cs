using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Calm.Training;

/// <summary>An operation on a file or folder, reported before it happens.</summary>
internal enum DiskStep
{
    CreateFolder,
    CreateFile,
    Write,
    SyncFile,
    Rename,
    SyncFolder,
    Delete,
}

/// <summary>One step of writing to disk.</summary>
/// <param name="Step">The operation.</param>
/// <param name="Path">The file or folder; for a rename its old name.</param>
/// <param name="Bytes">For a write, the size of the file after it.</param>
internal readonly record struct DiskOperation(DiskStep Step, string Path, long Bytes = 0);

/// <summary>
/// The disk operations of crash-safe writing. Tests can observe each one and make it fail.
/// </summary>
internal static partial class Disk
{
    private const int ReadOnly = 0;

    // Types of files in Linux' st_mode.
    private const int Pipe = 0x1000;
    private const int CharacterDevice = 0x2000;
    private const int BlockDevice = 0x6000;

    private static readonly AsyncLocal<Action<DiskOperation>?> CurrentObserver = new();

    /// <summary>Called before every operation of this thread and of what it starts; for tests.</summary>
    public static Action<DiskOperation>? Observer
    {
        get => CurrentObserver.Value;
        set => CurrentObserver.Value = value;
    }

    /// <summary>Makes a folder and its parents, safe against a power cut.</summary>
    public static void CreateFolder(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        string? parent = Path.GetDirectoryName(path);
        if (!string.IsNullOrEmpty(parent))
        {
            CreateFolder(parent);
        }

        Observer?.Invoke(new DiskOperation(DiskStep.CreateFolder, path));
        Directory.CreateDirectory(path);
        if (!string.IsNullOrEmpty(parent))
        {
            SyncFolder(parent);
        }
    }

    /// <summary>Makes a file that is not there yet, fills it, and returns once its contents are on the disk.</summary>
    public static void WriteFile(string path, Action<Stream> write)
    {
        Observer?.Invoke(new DiskOperation(DiskStep.CreateFile, path));
        using FileStream file = new(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        write(Observer is { } observer ? new ObservedStream(file, observer) : file);
        Observer?.Invoke(new DiskOperation(DiskStep.SyncFile, path));
        file.Flush(flushToDisk: true);
    }

    /// <summary>Gives a file its final name, in place of a file that has it already.</summary>
    public static void RenameFile(string path, string target)
    {
        Observer?.Invoke(new DiskOperation(DiskStep.Rename, path));
        File.Move(path, target, overwrite: true);
    }

    /// <summary>Gives a folder a name that is free.</summary>
    public static void RenameFolder(string path, string target)
    {
        Observer?.Invoke(new DiskOperation(DiskStep.Rename, path));
        Directory.Move(path, target);
    }

    /// <summary>Deletes a file or a folder with all in it; nothing happens if there is none.</summary>
    public static void Delete(string path)
    {
        Observer?.Invoke(new DiskOperation(DiskStep.Delete, path));
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
        else
        {
            File.Delete(path);
        }
    }

    /// <summary>Deletes a file or folder if possible; failures are ignored.</summary>
    public static void TryDelete(string path)
    {
        try
        {
            Delete(path);
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
            // The failure that led here, or the work that succeeded, matters more.
        }
    }

    /// <summary>Returns once a folder's names are on the disk: a rename alone may not survive a power cut.</summary>
    public static void SyncFolder(string path)
    {
        Observer?.Invoke(new DiskOperation(DiskStep.SyncFolder, path));
        if (OperatingSystem.IsWindows())
        {
            return; // NTFS keeps names in its journal and gives no way to flush a folder.
        }

        int descriptor = Open(path, ReadOnly);
        if (descriptor >= 0)
        {
            // Some network file systems refuse this; they have no stronger promise to give.
            _ = Sync(descriptor);
            _ = Close(descriptor);
        }
    }

    /// <summary>Whether a path names a device or a pipe, which is written to and never replaced.</summary>
    public static unsafe bool IsDeviceOrPipe(string path)
    {
        const int currentFolder = -100;
        const uint typeOnly = 1;
        const int modeOffset = 28;
        const int typeBits = 0xF000;
        if (!OperatingSystem.IsLinux() || !File.Exists(path))
        {
            return false;
        }

        byte* status = stackalloc byte[256];
        return StatX(currentFolder, path, 0, typeOnly, status) == 0
            && (*(ushort*)(status + modeOffset) & typeBits) is CharacterDevice or BlockDevice or Pipe;
    }

    /// <summary>The text of a small file that another process may hold for itself; empty if it cannot be read.</summary>
    public static string ReadHeld(string path)
    {
        // A FileStream of a path would ask for the lock; one of a descriptor does not. Windows lets nobody read.
        int descriptor = OperatingSystem.IsWindows() ? -1 : Open(path, ReadOnly);
        if (descriptor < 0)
        {
            return "";
        }

        using FileStream file = new(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.Read, bufferSize: 0);
        using StreamReader text = new(file);
        return text.ReadToEnd();
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int StatX(int folder, string path, int flags, uint mask, byte* status);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
