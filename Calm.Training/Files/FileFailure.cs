using Calm.Runtime;

namespace Calm.Training;

/// <summary>Failures of the file system as one line for a user.</summary>
internal static class FileFailure
{
    // The system's own numbers: ENOSPC and EDQUOT of Linux, ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL of Windows.
    private static readonly int[] DiskFullCodes = [28, 122, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    /// <summary>Whether the file system failed, rather than the program.</summary>
    public static bool Is(Exception failure) =>
        failure is IOException or UnauthorizedAccessException or System.Security.SecurityException;

    /// <summary>A file or folder that cannot be read.</summary>
    public static CalmException Reading(string path, Exception failure) =>
        new($"{path}: cannot be read: {(Directory.Exists(path) ? "it is a folder" : Reason(failure))}.", failure);

    /// <summary>A file or folder that cannot be written.</summary>
    /// <param name="path">The file.</param>
    /// <param name="failure">The exception.</param>
    /// <param name="kept">The part that remains unchanged, such as "the previous file".</param>
    public static CalmException Writing(string path, Exception failure, string kept) =>
        new($"{path}: cannot be written: {Reason(failure)}; {Remedy(failure)} ({kept} is as it was).", failure);

    /// <summary>The one line for a failure of a file whose role is not known; null if the file system did not fail.</summary>
    public static string? LineOf(Exception failure) =>
        Is(failure) ? $"{failure.Message.ReplaceLineEndings(" ").TrimEnd('.')}; {Remedy(failure)}." : null;

    private static string Reason(Exception failure) => failure switch
    {
        UnauthorizedAccessException or System.Security.SecurityException => "no permission",
        FileNotFoundException => "no such file",
        DirectoryNotFoundException => "no such folder",
        _ when IsDiskFull(failure) => "the disk is full",
        _ => failure.Message.ReplaceLineEndings(" ").TrimEnd('.'),
    };

    private static string Remedy(Exception failure) =>
        IsDiskFull(failure)
            ? "free some space, or choose a folder on another disk"
            : "choose a folder that can be written";

    /// <summary>Whether there was no space left.</summary>
    public static bool IsDiskFull(Exception failure) =>
        failure is IOException && DiskFullCodes.Contains(failure.HResult);
}
