using Calm.Runtime;

namespace Calm.Cli;

/// <summary>Keeps standard input in a temporary file, since text is read more than once.</summary>
internal sealed class StandardInput : IDisposable
{
    private StandardInput(string? path) => Path = path;

    /// <summary>The file; null if standard input is not among the paths.</summary>
    public string? Path { get; }

    /// <summary>Reads standard input to its end if it is among some paths.</summary>
    /// <param name="paths">Paths of text; <c>-</c> stands for standard input.</param>
    /// <param name="terminal">Has standard input.</param>
    /// <exception cref="CalmException">The temporary file cannot be written.</exception>
    public static StandardInput Keep(IEnumerable<string> paths, Terminal terminal)
    {
        if (!paths.Contains(TextOptions.StandardInputPath))
        {
            return new StandardInput(null);
        }

        string path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"calm-{Environment.ProcessId}-{Guid.NewGuid():N}");
        try
        {
            using FileStream file = new(path, FileMode.CreateNew, FileAccess.Write);
            terminal.During("reading standard input", activity => Copy(terminal.OpenInput(), file, activity));
            return new StandardInput(path);
        }
        catch (Exception failure)
        {
            Disk.TryDelete(path);
            if (FileFailure.Is(failure))
            {
                throw new CalmException(
                    $"standard input: cannot be kept in {System.IO.Path.GetTempPath()} ({failure.Message.TrimEnd('.')}); "
                    + "set TMPDIR to a folder with room, or save the text to a file.",
                    failure);
            }

            throw;
        }
    }

    /// <summary>Deletes the file.</summary>
    public void Dispose()
    {
        if (Path is { } path)
        {
            Disk.TryDelete(path);
        }
    }

    private static long Copy(Stream input, FileStream file, Activity activity)
    {
        byte[] buffer = new byte[1 << 16];
        int count;
        while ((count = input.Read(buffer)) > 0)
        {
            file.Write(buffer, 0, count);
            activity.Count($"{Readable.Amount(file.Length)}B");
        }

        return file.Length;
    }
}
