namespace Calm.Cli;

/// <summary>A folder that a command fills.</summary>
internal static class OutputFolder
{
    /// <summary>Refuses a folder with something in it.</summary>
    /// <param name="option">The option that names it.</param>
    /// <param name="folder">The folder, which need not be there.</param>
    /// <exception cref="UsageException">It is a file, or not empty.</exception>
    public static void RequireEmpty(string option, string folder)
    {
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            throw new UsageException($"{option} {folder}: is not empty, and nothing is replaced; name another folder.");
        }
    }
}
