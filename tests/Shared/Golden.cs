using System.Runtime.CompilerServices;

namespace Calm.Tests;

/// <summary>The golden set, tests/golden.</summary>
internal static class Golden
{
    /// <summary>The folder.</summary>
    public static string Folder { get; } = Of();

    /// <summary>Small checkpoints in the published layout, in a folder each.</summary>
    public static string Checkpoints => Path.Combine(Folder, "checkpoints");

    private static string Of([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "golden"));
}
