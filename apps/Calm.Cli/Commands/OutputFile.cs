using Calm.Runtime;

namespace Calm.Cli;

/// <summary>A file that is written after long work, and whose place is tried before it.</summary>
internal static class OutputFile
{
    private static readonly string[] FilesOfRuns =
    [
        RunFolder.RunFile, TrainingLog.FileName, RunLock.FileName, ModelFolder.ConfigFile, ModelFolder.WeightsFile,
        AverageFile.Name,
    ];

    /// <summary>Checks that a file can be written; makes the folders above it.</summary>
    /// <param name="path">The file; null for none.</param>
    /// <param name="inputs">Files that the command reads, which it must not replace; null for none.</param>
    /// <exception cref="CalmException">
    /// It is a folder, an input or a part of a run, or permission or space is missing.
    /// </exception>
    public static void Require(string? path, params ReadOnlySpan<string?> inputs)
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
            RequireFree(path, target, inputs);
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

    private static void RequireFree(string path, string target, ReadOnlySpan<string?> inputs)
    {
        foreach (string? input in inputs)
        {
            if (input is not null && File.Exists(input) && SafeFile.Target(input) == target)
            {
                throw new CalmException($"{path}: is read by this command, which would replace it; choose another file.");
            }
        }

        if (RunOf(target) is { } run)
        {
            throw new CalmException($"{path}: belongs to the run {run}; choose another file.");
        }
    }

    /// <summary>The run that a file is a part of; null if it is none's.</summary>
    private static string? RunOf(string target)
    {
        string inside = Path.GetFileName(target);
        for (string? folder = Path.GetDirectoryName(target); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            string first = inside.Split(Path.DirectorySeparatorChar)[0];
            bool isInFolder = first != inside && first is RunFolder.DataFolder or RunFolder.CheckpointsFolder;
            if (RunFolder.Exists(folder) && (isInFolder || FilesOfRuns.Contains(inside)))
            {
                return folder;
            }

            inside = Path.Combine(Path.GetFileName(folder), inside);
        }

        return null;
    }
}
