using System.Runtime.InteropServices;

namespace Calm.Cli;

/// <summary>
/// The system's limit of open files. With too few the program could not even load the parts of itself that would say so.
/// </summary>
internal static partial class OpenFileLimit
{
    private const ulong Fewest = 128;
    private const int OpenFiles = 7; // RLIMIT_NOFILE of Linux

    /// <summary>The reason why the program cannot run; null if it can.</summary>
    public static string? Problem =>
        OperatingSystem.IsLinux() && GetLimit(OpenFiles, out Limit limit) == 0 && limit.Soft < Fewest
            ? $"only {limit.Soft} files may be open at a time, expected at least {Fewest}; raise the limit, as by "
                + "'ulimit -n 1024'."
            : null;

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Limit
    {
        public readonly ulong Soft;
        public readonly ulong Hard;
    }
}
