using Calm.Runtime;

namespace Calm.Training;

/// <summary>A file that is written after long work, and whose place is tried before it.</summary>
internal static class OutputFile
{
    /// <summary>Checks that a file can be written; makes the folders above it.</summary>
    /// <param name="path">The file; null for none.</param>
    /// <exception cref="CalmException">It is a folder, or permission or space is missing.</exception>
    public static void Require(string? path)
    {
        if (path is null || Disk.IsDeviceOrPipe(path))
        {
            return;
        }

        if (Directory.Exists(path))
        {
            throw new CalmException($"{path}: cannot be written: it is a folder; name a file in it.");
        }

        try
        {
            string target = SafeFile.Target(path);
            Disk.CreateFolder(Path.GetDirectoryName(target)!);
            string trial = SafeFile.TemporaryName(target);
            Disk.WriteFile(trial, stream => stream.WriteByte(0));
            Disk.Delete(trial);
        }
        catch (Exception failure) when (FileFailure.Is(failure))
        {
            throw FileFailure.Writing(path, failure, "whatever is there");
        }
    }
}
