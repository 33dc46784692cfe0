using System.Reflection;

namespace Calm.Training;

/// <summary>The version of Calm.</summary>
internal static class ProgramVersion
{
    /// <summary>The version in runs and reports.</summary>
    public static string Text { get; } =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            .Split('+')[0] ?? "unknown";

    /// <summary>The commit that it was built from, as the build noted it; null if it noted none.</summary>
    public static string? Commit { get; } =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
            .Split('+').ElementAtOrDefault(1);
}
