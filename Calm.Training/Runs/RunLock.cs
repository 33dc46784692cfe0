using System.Globalization;
using System.Text;
using Calm.Runtime;

namespace Calm.Training;

/// <summary>
/// Keeps a run to one writer: a file <c>lock</c> in its folder that the operating system holds for this process, and frees when
/// the process ends, however it ends.
/// </summary>
internal sealed class RunLock : IDisposable
{
    /// <summary>The file's name.</summary>
    public const string FileName = "lock";

    private const int MostTries = 10;

    private readonly string _run;
    private readonly FileStream _file;
    private readonly bool _madeFolder;

    private RunLock(string run, FileStream file, bool madeFolder) => (_run, _file, _madeFolder) = (run, file, madeFolder);

    /// <summary>Takes the lock of a run, and makes its folder if need be.</summary>
    /// <exception cref="CalmException">Another process writes to the run; the message says which.</exception>
    public static RunLock Take(string run)
    {
        string folder = Path.GetFullPath(run);
        string path = Path.Combine(folder, FileName);
        if (File.Exists(folder))
        {
            throw new CalmException($"{run}: is a file, expected a folder; choose another.");
        }

        try
        {
            bool makesFolder = !Directory.Exists(folder);
            for (int i = 0; i < MostTries; i++)
            {
                Disk.CreateFolder(folder);
                if (TryTake(path) is { } file)
                {
                    RunFolder.DeleteLeftovers(folder);
                    return new RunLock(folder, file, makesFolder);
                }
            }

            throw new CalmException($"{run}: other processes take its lock again and again; let them end.");
        }
        catch (IOException failure) when (File.Exists(path) && !FileFailure.IsDiskFull(failure))
        {
            throw new CalmException(
                $"{run}: {Holder(path)} writes to this run; let it end, or choose another folder.", failure);
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
            throw FileFailure.Writing(path, failure, "the run");
        }
    }

    /// <summary>Gives the lock back. A folder that it made and that nothing was written to goes as well.</summary>
    public void Dispose()
    {
        // While it is held: a process that opened this file waits for no one, and looks again for the name.
        Disk.TryDelete(_file.Name);
        _file.Dispose();
        if (_madeFolder)
        {
            DeleteEmpty(_run);
        }
    }

    private static void DeleteEmpty(string folder)
    {
        try
        {
            Directory.Delete(folder);
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
            // Something was written to it, or another process took the lock.
        }
    }

    /// <summary>
    /// Opens and holds the file; null if it was deleted meanwhile, so that the name belongs to another, or its folder was.
    /// </summary>
    private static FileStream? TryTake(string path)
    {
        FileStream file;
        try
        {
            file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }

        string now = DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm:ss.fffffff", CultureInfo.InvariantCulture);
        string holder = $"process {Environment.ProcessId} on {Environment.MachineName} since {now} UTC";
        file.SetLength(0);
        file.Write(Encoding.UTF8.GetBytes(holder));
        file.Flush();
        if (OperatingSystem.IsWindows() || Holder(path) == holder)
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    private static string Holder(string path) => Disk.ReadHeld(path) is { Length: > 0 } holder ? holder : "another process";
}
